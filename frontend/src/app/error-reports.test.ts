import { beforeEach, expect, test, vi } from "vitest";

import { RefusedError, UnreachableError } from "@/api/errors";
import { on } from "@/testing/server";

import { forgetTold, placesOf, tellError, watchForErrors } from "./error-reports";

const accepted = () => new Response(null, { status: 202 });
const refused = (status: number) =>
  new RefusedError(status, { code: "broken", message: "It broke.", action: "", retryable: false, request_id: "req_7" });

beforeEach(forgetTold);

test("an error is told once, with the request that failed", async () => {
  const seen = on("post", "/api/errors", accepted);
  tellError(refused(500));
  tellError(refused(500));
  await vi.waitFor(() => expect(seen.times).toBe(1));
  expect(seen.bodies[0]).toMatchObject({ type: "RefusedError", message: "It broke.", request_id: "req_7" });
});

test("what a person can mend, and a line that is down, are not told", async () => {
  const seen = on("post", "/api/errors", accepted);
  tellError(refused(404));
  tellError(new UnreachableError());
  tellError(new TypeError("the only one"));
  await vi.waitFor(() => expect(seen.times).toBe(1));
  expect(seen.bodies[0]).toMatchObject({ message: "the only one" });
});

test("a page that breaks again and again tells of five errors", async () => {
  const seen = on("post", "/api/errors", accepted);
  for (let number = 0; number < 8; number += 1) tellError(new Error(`number ${number}`));
  await vi.waitFor(() => expect(seen.times).toBe(5));
});

test("what nobody caught is told", async () => {
  const seen = on("post", "/api/errors", accepted);
  watchForErrors(window);
  window.dispatchEvent(new ErrorEvent("error", { error: new Error("thrown") }));
  await vi.waitFor(() => expect(seen.times).toBe(1));
});

test("places are named without the address, and alike after each release", () => {
  const error = new Error("x");
  error.stack = [
    "Error: x",
    "    at render (http://localhost:8000/studio/assets/index-Ab12_x9Z.js:10:5)",
    "start@https://podcast.example.org/studio/assets/main.js?v=1:3:1",
  ].join("\n");
  expect(placesOf(error)).toEqual([
    { function: "start", file: "studio/assets/main.js", line: 3 },
    { function: "render", file: "studio/assets/index.js", line: 10 },
  ]);
});
