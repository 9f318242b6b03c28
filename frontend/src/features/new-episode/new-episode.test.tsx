import { act, screen, waitFor } from "@testing-library/react";
import { HttpResponse } from "msw";
import { afterEach, describe, expect, it } from "vitest";

import { applyOperationEvent } from "@/api/operations";
import { madeEpisode, madeMedia, madeOperation, madeRendition } from "@/testing/made-up";
import { answers, on, refusal } from "@/testing/server";
import { openStudio } from "@/testing/show-studio";
import { aWorkingServer, choose, recording, TUS } from "@/testing/working-server";

import { forgetUpload, keepUpload, keptUpload } from "./kept-upload";
import { session } from "./session";

afterEach(() => {
  session.reset();
  forgetUpload();
});

describe("a new episode", () => {
  it("goes from a chosen file to work under way without another question", async () => {
    const server = aWorkingServer();
    const { router } = openStudio("/new");
    await choose(recording());
    expect(await screen.findByText("Writing out the words")).toBeVisible();
    await waitFor(() => expect(server.produced.bodies).toEqual([{ publish: "not_yet", until: "ready" }]));
    expect(server.made.bodies).toEqual([{ show_id: "show_1", recording_id: "med_1", title: "interview one" }]);
    expect(screen.getByLabelText("Title")).toHaveValue("interview one");
    await waitFor(() => expect(router.state.location.search).toEqual({ episode: "ep_1" }));
    expect(await screen.findByRole("heading", { name: "Working on it" })).toBeVisible();
  });

  it("sends title, notes and the wish, named by its result on the button", async () => {
    const server = aWorkingServer();
    const { person } = openStudio("/new");
    await choose(recording());
    await person.clear(screen.getByLabelText("Title"));
    await person.type(screen.getByLabelText("Title"), "Forty pounds");
    await person.type(screen.getByLabelText("Show notes"), "How we built it.");
    await person.click(screen.getByRole("radio", { name: /Thursday 7:00/ }));
    await waitFor(() => expect(server.produced.times).toBe(1));
    await screen.findByRole("heading", { name: "Working on it" });
    await person.click(screen.getByRole("button", { name: "Publish Thursday 7:00 when ready" }));
    expect(await screen.findByText("Saved. It goes out Thursday 7:00.")).toBeVisible();
    expect(server.changed.bodies.at(-1)).toEqual({ title: "Forty pounds", notes: "How we built it.", publish_when: "slot" });
    expect(server.produced.bodies.at(-1)).toEqual({ publish: "slot", until: "ready" });
  });

  it("keeps what a person typed when a draft arrives, and shows the draft where nobody typed", async () => {
    const server = aWorkingServer();
    const { person, queries } = openStudio("/new");
    await choose(recording());
    await screen.findByRole("heading", { name: "Working on it" });
    await person.clear(screen.getByLabelText("Title"));
    await person.type(screen.getByLabelText("Title"), "My own title");
    server.become({ title: "A drafted title", notes: "Drafted notes." });
    act(() => applyOperationEvent(queries, madeOperation("assemble", { state: "queued" }), Date.now()));
    await waitFor(() => expect(screen.getByLabelText("Show notes")).toHaveValue("Drafted notes."));
    expect(screen.getByLabelText("Title")).toHaveValue("My own title");
  });

  it("publishes at once when the sound is finished", async () => {
    const server = aWorkingServer();
    const { person, queries } = openStudio("/new");
    await choose(recording());
    await screen.findByRole("heading", { name: "Working on it" });
    server.become({ state: "ready", rendition: madeRendition() });
    act(() => applyOperationEvent(queries, madeOperation("end"), Date.now()));
    expect(await screen.findByRole("heading", { name: "Ready to check" })).toBeVisible();
    const published = on("post", "/api/episodes/ep_1/publish", () => {
      server.become({ state: "live", published_at: "2026-11-23T10:00:00Z" });
      return HttpResponse.json(madeEpisode({ state: "live", rendition: madeRendition() }));
    });
    await person.click(screen.getByRole("radio", { name: /^Now/ }));
    await person.click(screen.getByRole("button", { name: "Publish now" }));
    expect(await screen.findByRole("heading", { name: "On air" })).toBeVisible();
    expect(published.bodies).toEqual([{}]);
  });

  it("makes an episode again before it goes out when its cuts were changed meanwhile", async () => {
    const server = aWorkingServer();
    const { person, queries } = openStudio("/new");
    await choose(recording());
    await screen.findByRole("heading", { name: "Working on it" });
    server.become({ state: "ready", rendition: madeRendition({ outdated: true }) });
    act(() => applyOperationEvent(queries, madeOperation("end"), Date.now()));
    await screen.findByRole("heading", { name: "Ready to check" });
    const published = on("post", "/api/episodes/ep_1/publish", () => HttpResponse.json({}));
    await person.click(screen.getByRole("radio", { name: /^Now/ }));
    await person.click(screen.getByRole("button", { name: "Publish now" }));
    await waitFor(() => expect(server.produced.bodies.at(-1)).toEqual({ publish: "now", until: "ready" }));
    expect(published.times).toBe(0);
  });

  it("says why a recording cannot be used, and takes another", async () => {
    aWorkingServer({ media: madeMedia({ state: "refused", problem: "This is a text file, not a recording." }) });
    const { person } = openStudio("/new");
    await choose(recording());
    expect(await screen.findByRole("alert")).toHaveTextContent("This is a text file, not a recording.");
    await person.click(screen.getByRole("button", { name: "Choose another recording" }));
    expect(await screen.findByRole("button", { name: "Choose a file" })).toBeVisible();
  });

  it.each([
    ["before anything is sent", 400, true],
    ["when all of it has arrived", 415, false],
  ])("says in the server's words why a file is refused %s", async (_when, status, atOnce) => {
    aWorkingServer();
    const refused = on(atOnce ? "post" : "patch", atOnce ? "/api/uploads" : "/api/uploads/up_1", () =>
      refusal(status, { message: "This file is text, not audio." }),
    );
    const { person } = openStudio("/new");
    await choose(recording());
    const alert = await screen.findByRole("alert");
    expect(alert).toHaveTextContent("We cannot use this recording.");
    expect(alert).toHaveTextContent("This file is text, not audio. Please try again in a moment.");
    expect(screen.queryByText(/internet/)).toBeNull();
    expect(screen.queryByText(/is kept/)).toBeNull();
    expect(refused.times).toBe(1);
    expect(keptUpload()).toBeNull();
    await person.click(screen.getByRole("button", { name: "Choose another recording" }));
    expect(await screen.findByRole("button", { name: "Choose a file" })).toBeVisible();
  });

  it("does not call a recording useless because a proxy in between says no", async () => {
    aWorkingServer();
    on("patch", "/api/uploads/up_1", () => new HttpResponse("<html>Too large</html>", { status: 413 }));
    openStudio("/new");
    await choose(recording());
    const alert = await screen.findByRole("alert");
    expect(alert).toHaveTextContent("What has arrived of interview_one.wav is kept.");
    expect(keptUpload()).not.toBeNull();
  });

  it("says in the server's words what stands in the way for now, and keeps what has arrived", async () => {
    aWorkingServer();
    on("patch", "/api/uploads/up_1", () => refusal(401, { message: "You are signed out." }));
    openStudio("/new");
    await choose(recording());
    const alert = await screen.findByRole("alert");
    expect(alert).toHaveTextContent("You are signed out.");
    expect(alert).toHaveTextContent("What has arrived of interview_one.wav is kept.");
    expect(keptUpload()).not.toBeNull();
  });

  it("starts the work again with one button, without sending the file twice", async () => {
    const server = aWorkingServer();
    let broken = true;
    const produced = on("post", "/api/episodes/ep_1/produce", () =>
      broken ? refusal(503, { message: "The server is very busy." }) : HttpResponse.json({ operation_id: "op_1" }, { status: 202 }),
    );
    const { person } = openStudio("/new");
    await choose(recording());
    expect(await screen.findByRole("alert")).toHaveTextContent("The server is very busy.");
    broken = false;
    await person.click(screen.getByRole("button", { name: "Try again" }));
    expect(await screen.findByRole("heading", { name: "Working on it" })).toBeVisible();
    expect([server.pieces.times, server.made.times, produced.times]).toEqual([1, 1, 2]);
  });

  it("asks for a show first", async () => {
    on("get", "/api/shows", answers([]));
    openStudio("/new");
    expect(await screen.findByRole("link", { name: "Name your show" })).toHaveAttribute("href", "/studio/shows");
  });
});

describe("an upload that was not finished", () => {
  it("is offered with how much is still there, and goes on where it stopped", async () => {
    const server = aWorkingServer();
    keepUpload({ url: "http://localhost/api/uploads/up_1", fileName: "interview_one.wav", fileBytes: 1_000 });
    on("get", "/api/uploads/up_1", answers({ id: "up_1", offset: 600, length: 1_000, media_id: null }));
    on("head", "/api/uploads/up_1", () =>
      new HttpResponse(null, { status: 200, headers: { ...TUS, "Upload-Offset": "600", "Upload-Length": "1000" } }),
    );
    openStudio("/new");
    expect(
      await screen.findByText("We still have 60% of interview_one.wav. Choose the same file to go on."),
    ).toBeVisible();
    await choose(recording());
    expect(await screen.findByRole("heading", { name: "Working on it" })).toBeVisible();
    expect([server.created.times, server.pieces.times]).toEqual([0, 1]);
    expect(keptUpload()).toBeNull();
  });

  it("is not mixed with another file", async () => {
    const server = aWorkingServer();
    keepUpload({ url: "http://localhost/api/uploads/up_9", fileName: "another.wav", fileBytes: 5_000 });
    on("get", "/api/uploads/up_9", answers({ id: "up_9", offset: 600, length: 5_000, media_id: null }));
    openStudio("/new");
    await screen.findByText(/We still have 12% of another.wav/);
    await choose(recording());
    expect(await screen.findByRole("heading", { name: "Working on it" })).toBeVisible();
    expect(server.created.times).toBe(1);
  });

  it("is forgotten when the server no longer has it", async () => {
    aWorkingServer();
    keepUpload({ url: "http://localhost/api/uploads/up_9", fileName: "another.wav", fileBytes: 5_000 });
    on("get", "/api/uploads/up_9", () => refusal(404, { message: "There is no such upload." }));
    openStudio("/new");
    expect(await screen.findByRole("button", { name: "Choose a file" })).toBeVisible();
    await waitFor(() => expect(keptUpload()).toBeNull());
  });
});
