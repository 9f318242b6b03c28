/** How this DoneCast is, for whoever runs it: one sentence first, then a tile for each thing that is watched. */
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";

import { alertsQuery, breakersQuery, deepQuery, errorRateQuery, historyQuery, poolQuery, resourcesQuery, stuckQuery } from "@/api/monitoring";
import { ForAdmins } from "@/shared/ui/for-admins";
import { Card, Loading, Page } from "@/shared/ui/page";

import { AlertList } from "./alert-list";
import { Audit } from "./audit";
import { Services } from "./services";
import { StuckWork } from "./stuck-work";
import { TileCard } from "./tile-card";
import {
  alertsTile,
  deepTiles,
  errorRateTile,
  firstSentence,
  machineTiles,
  poolTile,
  servicesTile,
  stuckTile,
  type Tile,
  unknownTile,
} from "./tile-words";

interface Asked<Answer> {
  data: Answer | undefined;
  isError: boolean;
}

/** The tiles of an answer; one that says "not known" where there is none, and none while it is still to come. */
function tilesOf<Answer>(name: string, { data, isError }: Asked<Answer>, tiles: (answer: Answer) => Tile | Tile[]): Tile[] {
  if (data !== undefined && !isError) return [tiles(data)].flat();
  return isError ? [unknownTile(name)] : [];
}

function Overview() {
  const errorRate = useQuery(errorRateQuery);
  const breakers = useQuery(breakersQuery);
  const deep = useQuery(deepQuery);
  const pool = useQuery(poolQuery);
  const resources = useQuery(resourcesQuery);
  const alerts = useQuery(alertsQuery);
  const stuck = useQuery(stuckQuery);
  const history = useQuery(historyQuery);
  const tiles = [
    ...tilesOf("Alerts", alerts, alertsTile),
    ...tilesOf("Stuck work", stuck, stuckTile),
    ...tilesOf("Failed requests", errorRate, errorRateTile),
    ...tilesOf("Database, storage and workers", deep, deepTiles),
    ...tilesOf("Database connections", pool, poolTile),
    ...tilesOf("Outside services", breakers, servicesTile),
    ...tilesOf("Disk and memory", resources, machineTiles),
  ];
  const pending = [alerts, stuck, errorRate, breakers, deep, pool, resources].some((query) => query.isPending);
  return (
    <Page title="Monitoring" beside="Looked at every half minute">
      <div className="flex flex-col gap-6">
        {pending ? (
          <Loading what="how everything is" />
        ) : (
          <p role="status" className="text-large font-semibold">
            {firstSentence(tiles)}
          </p>
        )}
        <section aria-labelledby="watched">
          <h2 id="watched" className="sr-only">
            What is watched
          </h2>
          <ul className="grid gap-4 sm:grid-cols-2 lg:grid-cols-3">
            {tiles.map((tile) => (
              <TileCard key={tile.name} tile={tile} history={history.data} />
            ))}
          </ul>
        </section>
        <p>
          <Link to="/errors" className="text-pine underline underline-offset-4">
            What went wrong lately stands on the page of errors.
          </Link>
        </p>
        {alerts.data === undefined ? null : (
          <Card className="flex flex-col gap-2">
            <h2 className="text-heading">Alerts</h2>
            <AlertList alerts={alerts.data} />
          </Card>
        )}
        {stuck.data === undefined ? null : (
          <Card className="flex flex-col gap-2">
            <h2 className="text-heading">Stuck work</h2>
            <StuckWork stuck={stuck.data} askedAt={stuck.dataUpdatedAt} />
          </Card>
        )}
        {breakers.data === undefined ? null : (
          <Card className="flex flex-col gap-2">
            <h2 className="text-heading">Outside services</h2>
            <p className="text-soft">A service that fails again and again is left alone by itself. You can switch one off by hand.</p>
            <Services breakers={breakers.data} />
          </Card>
        )}
        <Card className="flex flex-col gap-2">
          <h2 className="text-heading">Done by hand</h2>
          <p className="text-soft">Nothing here can be changed or taken out.</p>
          <Audit />
        </Card>
      </div>
    </Page>
  );
}

export function MonitoringPage() {
  return (
    <ForAdmins title="Monitoring">
      <Overview />
    </ForAdmins>
  );
}
