import { screen, waitFor } from "@testing-library/react";
import { HttpResponse } from "msw";
import { describe, expect, it } from "vitest";

import { madeEpisode, madeMe, madeShow } from "@/testing/made-up";
import { answers, on, refusal } from "@/testing/server";
import { openStudio } from "@/testing/show-studio";

/** Somebody unknown until they sign in. */
function aStranger() {
  let known = false;
  on("get", "/api/auth/me", () => (known ? HttpResponse.json(madeMe()) : refusal(401, { code: "signed_out" })));
  return on("post", "/api/auth/sign-in", () => {
    known = true;
    return HttpResponse.json(madeMe());
  });
}

describe("the door", () => {
  it("asks a stranger to sign in, then goes where they wanted to go", async () => {
    const signIn = aStranger();
    on("get", "/api/shows", answers([madeShow()]));
    const { person, router } = openStudio("/shows", { signedIn: false });
    await person.type(await screen.findByLabelText("Email"), " margaret@example.org ");
    await person.type(screen.getByLabelText("Password"), "a short sentence");
    on("get", "/api/shows/show_1/templates", answers([]));
    await person.click(screen.getByRole("button", { name: "Sign in" }));
    expect(await screen.findByRole("heading", { level: 1, name: "The Allotment Hour" })).toBeVisible();
    expect(router.state.location.pathname).toBe("/shows");
    expect(signIn.bodies).toEqual([{ email: "margaret@example.org", password: "a short sentence" }]);
  });

  it("follows no address outside the studio", async () => {
    aStranger();
    on("get", "/api/shows", answers([]));
    on("get", "/api/episodes", answers([]));
    const { person } = openStudio("/sign-in?next=//elsewhere.example", { signedIn: false });
    await person.type(await screen.findByLabelText("Email"), "margaret@example.org");
    await person.type(screen.getByLabelText("Password"), "a short sentence");
    await person.click(screen.getByRole("button", { name: "Sign in" }));
    expect(await screen.findByRole("heading", { name: "Hello, Margaret" })).toBeVisible();
    expect(location.pathname).toBe("/studio/");
  });

  it("signs every write with the token it was given, and no read", async () => {
    const tokens: (string | null)[] = [];
    on("get", "/api/shows", (request) => {
      tokens.push(request.headers.get("X-CSRF-Token"));
      return HttpResponse.json([]);
    });
    on("get", "/api/shows/show_1/templates", answers([]));
    on("post", "/api/shows", (request) => {
      tokens.push(request.headers.get("X-CSRF-Token"));
      return HttpResponse.json(madeShow(), { status: 201 });
    });
    const { person } = openStudio("/shows");
    await person.type(await screen.findByLabelText("What is your show called?"), "The Allotment Hour");
    await person.click(screen.getByRole("button", { name: "Make my show" }));
    expect(await screen.findByRole("button", { name: "Save the show" })).toBeVisible();
    expect(tokens).toEqual([null, "csrf-1"]);
  });

  it("lets a person out", async () => {
    on("get", "/api/shows", answers([madeShow()]));
    on("get", "/api/episodes", answers([madeEpisode()]));
    const left = on("post", "/api/auth/sign-out", () => new HttpResponse(null, { status: 204 }));
    const { person } = openStudio("/");
    await person.click((await screen.findAllByRole("button", { name: /Margaret Hale/ }))[0] as HTMLElement);
    await person.click(await screen.findByRole("menuitem", { name: "Sign out" }));
    expect(await screen.findByRole("heading", { name: "Sign in" })).toBeVisible();
    expect(left.times).toBe(1);
  });

  it("remembers larger text on this device", async () => {
    on("get", "/api/shows", answers([madeShow()]));
    on("get", "/api/episodes", answers([madeEpisode()]));
    const { person } = openStudio("/");
    await person.click((await screen.findAllByRole("button", { name: /Margaret Hale/ }))[0] as HTMLElement);
    await person.click(await screen.findByRole("menuitemradio", { name: "Larger (130 %)" }));
    await waitFor(() => expect(document.documentElement.style.fontSize).toBe("130%"));
    expect(JSON.parse(localStorage.getItem("donecast.preferences") ?? "")).toMatchObject({ textPercent: 130 });
  });
});
