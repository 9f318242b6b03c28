/** What each tile says of what was looked at, and the one sentence that stands first. Pure. */
import type { Alerts, Breakers, DeepLook, ErrorRate, Pool, Resources, Stuck } from "@/api/types";

export type Verdict = "well" | "look" | "bad" | "unknown";

export interface Tile {
  name: string;
  verdict: Verdict;
  /** The value, large: "0.4 %". */
  value: string;
  /** What it may be at most, in words. */
  limit: string;
  /** What to do; empty while nothing is to be done. */
  action: string;
  /** Its line in the history, if it has one. */
  figure?: string;
}

const ERROR_RATE_PERCENT_MAX = 1;
const percent = (value: number): string => `${value.toLocaleString("en-GB", { maximumFractionDigits: 1 })} %`;

export function errorRateTile(found: ErrorRate): Tile {
  const burst = found.burst_since != null;
  const high = found.error_rate_percent > ERROR_RATE_PERCENT_MAX;
  return {
    name: "Failed requests",
    verdict: burst ? "bad" : high ? "look" : "well",
    value: percent(found.error_rate_percent),
    limit: `${found.error_count ?? 0} of ${found.total_requests ?? 0} in five minutes failed; at most ${ERROR_RATE_PERCENT_MAX} % is usual.`,
    action: burst || high ? "Look at the page of errors: the newest one is most likely the cause." : "",
    figure: "error_rate_percent",
  };
}

export function servicesTile(found: Breakers): Tile {
  const away = Object.entries(found.breakers).filter(([, breaker]) => breaker.state !== "closed" || breaker.quiet_until);
  const names = away.map(([name]) => name).join(", ");
  return {
    name: "Outside services",
    verdict: away.length > 0 ? "look" : "well",
    value: away.length === 0 ? "All are asked" : `${away.length} left alone`,
    limit: away.length === 0 ? `${Object.keys(found.breakers).length} services, none left alone.` : `Left alone: ${names}.`,
    action: away.length > 0 ? "They are asked again by themselves. One that was switched off by hand waits until somebody presses “Ask again now” below." : "",
    figure: "services_left_alone",
  };
}

export function poolTile(found: Pool): Tile {
  const capacity = found.configuration?.total_capacity;
  const used = found.current?.checked_out;
  return {
    name: "Database connections",
    verdict: found.status === "exhausted" ? "bad" : found.warning ? "look" : "well",
    value: percent(found.utilization_percent),
    limit: capacity == null || used == null ? "At most 80 % is usual." : `${used} of ${capacity} in use; at most 80 % is usual.`,
    action: found.action ?? "",
    figure: "pool_percent",
  };
}

/** "breaker_open" as people say it. */
export const plainName = (name: string): string => {
  const plain = name.replaceAll("_", " ");
  return plain.charAt(0).toUpperCase() + plain.slice(1);
};

export const openAlerts = (found: Alerts): Alerts["alerts"] => found.alerts.filter((alert) => alert.closed_at === null);

const WAYS: Record<string, string> = { mail: "by mail", slack: "in Slack" };

function toldOfAlerts(ways: Alerts["told_by"]): string {
  const known = ways.map((way) => WAYS[way] ?? way).join(" and ");
  return known === "" ? "They are told in the studio only: neither mail nor Slack is set up." : `Whoever runs this DoneCast is told of each ${known}.`;
}

export function alertsTile(found: Alerts): Tile {
  const [first] = openAlerts(found);
  const blind = found.is_late || found.not_known.length > 0;
  if (first !== undefined) {
    return {
      name: "Alerts",
      verdict: "look",
      value: found.open_count === 1 ? "1 is on" : `${found.open_count} are on`,
      limit: `${plainName(first.name)}: ${first.figures}${blind ? " There may be more: not everything was looked at." : ""}`,
      action: first.first_step,
    };
  }
  if (blind) {
    return {
      name: "Alerts",
      verdict: "unknown",
      value: "Not known",
      limit: found.is_late ? "Nobody has looked for five minutes." : `Could not be looked at: ${found.not_known.join(", ")}.`,
      action: "Run “donecast status” on the machine.",
    };
  }
  return { name: "Alerts", verdict: "well", value: "None is on", limit: toldOfAlerts(found.told_by), action: "" };
}

export function stuckTile({ stuck_count: count, action_required: action }: Stuck): Tile {
  return {
    name: "Stuck work",
    verdict: count > 0 ? "bad" : "well",
    value: count === 0 ? "Everything moves" : count === 1 ? "1 episode does not move" : `${count} episodes do not move`,
    limit: count === 0 ? "No episode waits for something that does not come." : "Each stands below, with what can be done.",
    action,
  };
}

const LOOKS: Record<string, string> = { db: "Database", storage: "Storage", broker: "Workers" };

export function deepTiles(found: DeepLook): Tile[] {
  return (["db", "storage", "broker"] as const).map((name) => {
    const check = found.checks?.[name];
    return {
      name: LOOKS[name] ?? name,
      verdict: found[name] === "ok" ? "well" : "bad",
      value: found[name] === "ok" ? "Works" : "Does not work",
      limit: check === undefined ? "" : `${check.finding}; looked at within ${Math.round(check.latency_ms)} ms.`,
      action: check?.action ?? "",
      ...(name === "broker" ? { figure: "work_open" } : {}),
    };
  });
}

const gib = (bytes: number): string => `${(bytes / 1024 ** 3).toLocaleString("en-GB", { maximumFractionDigits: 1 })} GiB`;

export function machineTiles(found: Resources): Tile[] {
  const { disk, actions, machine_memory_percent: memory } = found;
  const tiles: Tile[] = [];
  if (disk != null) {
    tiles.push({
      name: "Disk",
      verdict: actions?.disk ? "bad" : "well",
      value: percent(disk.used_percent),
      limit: `${gib(disk.free_bytes)} of ${gib(disk.total_bytes)} are free.`,
      action: actions?.disk ?? "",
      figure: "disk_percent",
    });
  }
  if (memory != null) {
    const own = found.memory_mb == null ? "" : ` DoneCast takes ${Math.round(found.memory_mb).toLocaleString("en-GB")} MB.`;
    tiles.push({
      name: "Memory",
      verdict: actions?.memory ? "look" : "well",
      value: percent(memory),
      limit: `At most 95 % of the machine’s memory.${own}`,
      action: actions?.memory ?? "",
      figure: "memory_percent",
    });
  }
  if (found.open_files != null && found.open_files_max != null) {
    tiles.push({
      name: "Open files",
      verdict: actions?.open_files ? "look" : "well",
      value: found.open_files.toLocaleString("en-GB"),
      limit: `Of ${found.open_files_max.toLocaleString("en-GB")} that this process may open.`,
      action: actions?.open_files ?? "",
    });
  }
  return tiles;
}

/** A tile for what could not be asked. */
export const unknownTile = (name: string): Tile => ({
  name,
  verdict: "unknown",
  value: "Not known",
  limit: "It could not be asked.",
  action: "Load the page again. If it stays, run “donecast status” on the machine.",
});

const RANK: Record<Verdict, number> = { bad: 0, unknown: 1, look: 2, well: 3 };

/** "All working." or the worst thing. */
export function firstSentence(tiles: readonly Tile[]): string {
  const [worst] = tiles.filter((tile) => tile.verdict !== "well").sort((one, other) => RANK[one.verdict] - RANK[other.verdict]);
  if (worst === undefined) return "All working.";
  const others = tiles.filter((tile) => tile.verdict !== "well").length - 1;
  const more = others === 0 ? "" : others === 1 ? " One more thing needs a look." : ` ${others} more things need a look.`;
  return `${worst.name}: ${worst.value.charAt(0).toLowerCase()}${worst.value.slice(1)}.${more}`;
}
