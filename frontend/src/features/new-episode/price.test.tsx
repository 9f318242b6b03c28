import { screen, waitFor } from "@testing-library/react";
import { HttpResponse } from "msw";
import { afterEach, describe, expect, it } from "vitest";

import { madeEngines, madeOperation, madeQuote, madeShow } from "@/testing/made-up";
import { answers, on, refusal } from "@/testing/server";
import { openStudio } from "@/testing/show-studio";
import { aWorkingServer, choose, recording } from "@/testing/working-server";

import { forgetUpload } from "./kept-upload";
import { session } from "./session";

const SHORT = {
  code: "not_enough_credits",
  message: "This takes 25.000 credits, and you have 3.000: 22.000 are missing.",
  action: "Buy more credits, or wait for your next month.",
  retryable: true,
  details: {},
};

afterEach(() => {
  session.reset();
  forgetUpload();
});

describe("the price of a new episode", () => {
  it("is told for a short recording before one is chosen, and for this one before it is made", async () => {
    const server = aWorkingServer();
    openStudio("/new");
    expect(await screen.findByText(/A recording of 10 minutes takes about 25 credits\. You have 64\./)).toBeVisible();
    const quoted = on("get", "/api/episodes/ep_1/quote", () => {
      expect(server.produced.times).toBe(0);
      return HttpResponse.json(madeQuote({ total: "26.750" }));
    });
    await choose(recording());
    expect(await screen.findByText("at most 26.75 credits")).toBeVisible();
    await waitFor(() => expect(server.produced.times).toBe(1));
    expect(quoted.times).toBe(1);
  });

  it("follows who writes out the words: the show's choice, or this episode's", async () => {
    aWorkingServer();
    on("get", "/api/shows", answers([madeShow({ transcriber: "auphonic" })]));
    on("get", "/api/engines", answers(madeEngines()));
    on("get", "/api/voices", answers([]));
    const { person } = openStudio("/new");
    expect(await screen.findByText(/A recording of 10 minutes takes about 40 credits\./)).toBeVisible();
    await person.click(screen.getByText("Who writes out the words, and who speaks"));
    await person.click(await screen.findByRole("radio", { name: /^Built-in recogniser/ }));
    expect(await screen.findByText(/A recording of 10 minutes takes about 25 credits\./)).toBeVisible();
  });

  it("that is missing when a step begins shows the way to more", async () => {
    aWorkingServer();
    on("get", "/api/operations/op_1", answers(madeOperation("transcribe", { state: "failed", error: SHORT })));
    openStudio("/new");
    await choose(recording());
    expect(await screen.findByText("One step did not work.")).toBeVisible();
    expect(screen.getByRole("link", { name: "See your credits" })).toHaveAttribute("href", "/studio/credits");
  });

  it("that is more than there is stops it before it begins, and shows the way to more", async () => {
    const server = aWorkingServer();
    on("get", "/api/episodes/ep_1/quote", answers(madeQuote({ available: "3.000", shortfall: "22.000" })));
    on("post", "/api/episodes/ep_1/produce", () =>
      refusal(402, { code: "not_enough_credits", message: "This takes 25.000 credits, and you have 3.000: 22.000 are missing." }),
    );
    openStudio("/new");
    await choose(recording());
    expect(await screen.findByText("22 credits are missing.")).toBeVisible();
    expect(await screen.findByText(/This takes 25.000 credits/)).toBeVisible();
    expect(screen.getByText("Your recording is safe.")).toBeVisible();
    expect(screen.getByRole("link", { name: "See your credits" })).toHaveAttribute("href", "/studio/credits");
    expect(server.produced.times).toBe(0);
  });
});
