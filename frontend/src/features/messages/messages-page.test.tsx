import { screen, waitFor, within } from "@testing-library/react";
import { HttpResponse } from "msw";
import { describe, expect, it } from "vitest";

import type { Notice } from "@/api/types";
import { answers, on, refusal } from "@/testing/server";
import { openStudio } from "@/testing/show-studio";

const notice = (id: string, over: Partial<Notice> = {}): Notice => ({
  id,
  subject: `Message ${id}`,
  body: `The words of ${id}.`,
  request_id: null,
  created_at: "2026-11-30T10:00:00Z",
  read_at: null,
  ...over,
});

/** Two messages, the newer one unread until the studio says that it was read. */
function twoMessages() {
  let newer = notice("b");
  const older = notice("a", { read_at: "2026-11-29T10:00:00Z" });
  on("get", "/api/notices", () =>
    HttpResponse.json({ unread_count: newer.read_at === null ? 1 : 0, notices: [newer, older] }),
  );
  return on("post", "/api/notices/b/read", () => {
    newer = { ...newer, read_at: "2026-11-30T11:00:00Z" };
    return HttpResponse.json(newer);
  });
}

describe("messages", () => {
  it("are behind the bell, which counts the new ones, and by the keyboard alone", async () => {
    const read = twoMessages();
    const { person } = openStudio("/problem");
    const [bell] = await screen.findAllByRole("link", { name: "Messages, 1 new" });
    bell?.focus();
    await person.keyboard("{Enter}");
    expect(await screen.findByText("1 message is new.")).toBeVisible();
    const [first, second] = within(screen.getByRole("main")).getAllByRole("listitem");
    expect(first).toHaveTextContent(/^Message bNew · Monday 30 November/);
    expect(second).toHaveTextContent(/^Message a(?!New)/);
    expect(read.times).toBe(0);
  });

  it("are read when they are opened, once", async () => {
    const read = twoMessages();
    const { person } = openStudio("/messages");
    await person.click(await screen.findByText("Message b"));
    expect(await screen.findByText("You have read everything.")).toBeVisible();
    expect(screen.getByText("The words of b.")).toBeVisible();
    expect(screen.getAllByRole("link", { name: "Messages" })).not.toHaveLength(0);
    expect(screen.queryByText(/^New ·/)).toBeNull();
    await person.click(screen.getByText("Message b"));
    await person.click(screen.getByText("Message b"));
    await person.click(screen.getByText("Message a"));
    await waitFor(() => expect(screen.getByText("The words of a.")).toBeVisible());
    expect(read.times).toBe(1);
  });

  it("say that there are none, and never so when they could not be loaded", async () => {
    on("get", "/api/notices", answers({ unread_count: 0, notices: [] }));
    const { unmount } = openStudio("/messages");
    expect(await screen.findByText("You have no messages.")).toBeVisible();
    unmount();
    on("get", "/api/notices", () => refusal(403));
    openStudio("/messages");
    expect(await screen.findByText("We could not load your messages.")).toBeVisible();
    expect(screen.queryByText("You have no messages.")).toBeNull();
  });

  it("stay new when that could not be noted, and say so", async () => {
    on("get", "/api/notices", answers({ unread_count: 1, notices: [notice("b")] }));
    on("post", "/api/notices/b/read", () => refusal(500));
    const { person } = openStudio("/messages");
    await person.click(await screen.findByText("Message b"));
    expect(await screen.findByText("We could not note that you read this.")).toBeVisible();
    expect(screen.getByText("1 message is new.")).toBeVisible();
  });
});
