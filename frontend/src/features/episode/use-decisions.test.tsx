import { screen, waitFor } from "@testing-library/react";
import { describe, expect, it } from "vitest";

import { aFinishedEpisode } from "@/testing/finished-episode";
import { openStudio } from "@/testing/show-studio";

const mark = (name: RegExp) => screen.findByRole("button", { name });

describe("cuts in the text", () => {
  it("are switched one by one where they stand", async () => {
    const server = aFinishedEpisode();
    const { person } = openStudio("/episodes/ep_1");
    const um = await mark(/^um \(Um or er, cut/);
    expect(um).toHaveAttribute("aria-pressed", "true");
    await person.click(um);
    expect(await mark(/^um \(Um or er, kept/)).toHaveAttribute("aria-pressed", "false");
    await waitFor(() =>
      expect(server.decided.bodies).toEqual([{ edit_list_version: 3, decisions: { um: "keep" } }]),
    );
    expect(await screen.findByRole("button", { name: "Make the episode again" })).toBeVisible();
  });

  it("work from the keyboard", async () => {
    const server = aFinishedEpisode();
    const { person } = openStudio("/episodes/ep_1");
    (await mark(/^uh \(/)).focus();
    await person.keyboard(" ");
    expect(await mark(/^uh \(Um or er, cut/)).toHaveAttribute("aria-pressed", "true");
    await waitFor(() => expect(server.decided.times).toBe(1));
  });

  it("are switched all of a kind, and taken back with one undo", async () => {
    const server = aFinishedEpisode();
    const { person } = openStudio("/episodes/ep_1");
    await person.click(await screen.findByRole("button", { name: "Cut all ums and ers" }));
    expect(await screen.findByRole("button", { name: "Keep all ums and ers" })).toBeVisible();
    expect(await screen.findByText("0.8 seconds cut. The original is kept.")).toBeVisible();
    await waitFor(() => expect(screen.getByRole("button", { name: "Undo" })).toBeEnabled());
    await person.click(screen.getByRole("button", { name: "Undo" }));
    expect(await mark(/^uh \(Um or er, kept/)).toHaveAttribute("aria-pressed", "false");
    expect(server.takenBack.bodies).toEqual([{ version: 4 }]);
    await waitFor(() => expect(screen.getByRole("button", { name: "Undo" })).toBeDisabled());
    await person.click(screen.getByRole("button", { name: "Redo" }));
    expect(await mark(/^uh \(Um or er, cut/)).toHaveAttribute("aria-pressed", "true");
    expect(server.doneAgain.bodies).toEqual([{ version: 5 }]);
    await waitFor(() => expect(screen.getByRole("button", { name: "Redo" })).toBeDisabled());
  });

  it("give way to another window, and say so", async () => {
    const server = aFinishedEpisode();
    const { person } = openStudio("/episodes/ep_1");
    const um = await mark(/^um \(/);
    server.become({ edit_list_version: 9 });
    await person.click(um);
    expect(await screen.findByRole("alert")).toHaveTextContent("This episode was edited in another window.");
    expect(await mark(/^um \(Um or er, cut/)).toHaveAttribute("aria-pressed", "true");
    await person.click(await mark(/^um \(/));
    await waitFor(() =>
      expect(server.decided.bodies.at(-1)).toEqual({ edit_list_version: 9, decisions: { um: "keep" } }),
    );
  });

  it("stay as they were chosen while an undo was still on its way", async () => {
    const server = aFinishedEpisode();
    const { person } = openStudio("/episodes/ep_1");
    await person.click(await mark(/^um \(Um or er, cut/));
    await waitFor(() => expect(screen.getByRole("button", { name: "Undo" })).toBeEnabled());
    let arrive = () => undefined as void;
    server.slow.undo = new Promise((done) => (arrive = done));
    await person.click(screen.getByRole("button", { name: "Undo" }));
    await person.click(await mark(/^uh \(Um or er, kept/));
    arrive();
    await waitFor(() => expect(server.decided.bodies.at(-1)).toEqual({ edit_list_version: 5, decisions: { uh: "cut" } }));
    await waitFor(() => expect(screen.queryByText("Saving…")).not.toBeInTheDocument());
    expect(await mark(/^uh \(Um or er, cut/)).toHaveAttribute("aria-pressed", "true");
    expect(await mark(/^um \(Um or er, cut/)).toHaveAttribute("aria-pressed", "true");
  });

  it("are taken back once by a double click, without a false alarm", async () => {
    const server = aFinishedEpisode();
    const { person } = openStudio("/episodes/ep_1");
    await person.click(await mark(/^um \(Um or er, cut/));
    await waitFor(() => expect(screen.getByRole("button", { name: "Undo" })).toBeEnabled());
    await person.dblClick(screen.getByRole("button", { name: "Undo" }));
    expect(await mark(/^um \(Um or er, cut/)).toBeVisible();
    await waitFor(() => expect(screen.queryByText("Saving…")).not.toBeInTheDocument());
    expect(server.takenBack.times).toBe(1);
    expect(screen.queryByRole("alert")).not.toBeInTheDocument();
  });

  it("need no new making once they are again those that are heard", async () => {
    aFinishedEpisode();
    const { person } = openStudio("/episodes/ep_1");
    await person.click(await mark(/^um \(Um or er, cut/));
    expect(await screen.findByRole("button", { name: "Make the episode again" })).toBeVisible();
    await waitFor(() => expect(screen.getByRole("button", { name: "Undo" })).toBeEnabled());
    await person.click(screen.getByRole("button", { name: "Undo" }));
    await waitFor(() =>
      expect(screen.queryByRole("button", { name: "Make the episode again" })).not.toBeInTheDocument(),
    );
  });
});
