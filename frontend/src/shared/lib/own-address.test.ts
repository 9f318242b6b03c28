import { expect, test } from "vitest";

import { ownAddress } from "./own-address";

test("a private address is asked for where the session is", () => {
  expect(ownAddress("http://127.0.0.1:8000/api/episodes/ep_1/audio?v=2")).toBe("/api/episodes/ep_1/audio?v=2");
});

test("a public address stays as listeners know it", () => {
  const address = "https://pod.example/listen/ep_1/ren_1/beans.mp3";
  expect(ownAddress(address)).toBe(address);
});
