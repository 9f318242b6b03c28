/** One person's credits, found by their e-mail address. */
import { useMutation, useQuery } from "@tanstack/react-query";
import { type Ref, useState } from "react";

import { findPerson, personCreditsQuery, tiersQuery, useAssignTier } from "@/api/plans";
import type { PersonCredits } from "@/api/types";
import { actionWords, creditsWords, thousandths, withUnit } from "@/shared/lib/credits";
import { dateOnly } from "@/shared/lib/format-time";
import { Button } from "@/shared/ui/button";
import { ErrorCard } from "@/shared/ui/error-card";
import { SelectField, TextField } from "@/shared/ui/field";
import { Fold } from "@/shared/ui/fold";
import { Card, Loading } from "@/shared/ui/page";

import { GiveByHand } from "./give-by-hand";
import { PersonLedger } from "./person-ledger";
import { RefundDecision } from "./refund-requests";

function Facts({ credits }: { credits: PersonCredits }) {
  const { standing, used, breakdown_by_action: byAction } = credits;
  const parts = Object.entries(byAction).filter(([, amount]) => thousandths(amount) > 0);
  return (
    <div>
      <p className="text-large font-semibold">
        {standing.available === null ? "No limit" : `${withUnit(standing.available)} left`}
        {standing.allowance === null ? "" : ` of ${creditsWords(standing.allowance)} a month`}
      </p>
      <p className="text-soft">
        {creditsWords(used)} used since {dateOnly(standing.period_start)}; the next month begins {dateOnly(standing.period_end)}.
        {thousandths(standing.held) > 0 ? ` ${withUnit(standing.held)} are set aside.` : ""}
        {standing.storage_debt ? ` ${withUnit(standing.storage_debt.due)} are owed for storage.` : ""}
      </p>
      {parts.length > 0 ? (
        <p className="text-small">
          {parts.map(([reason, amount]) => `${actionWords(reason)}: ${creditsWords(amount)}`).join(" · ")}
        </p>
      ) : null}
    </div>
  );
}

function PlanChoice({ credits }: { credits: PersonCredits }) {
  const tiers = useQuery(tiersQuery);
  const assign = useAssignTier(credits.person.id);
  const [tierId, setTierId] = useState(credits.standing.tier_id);
  return (
    <div className="flex flex-wrap items-end gap-3">
      <div className="min-w-56">
        <SelectField label="Plan" value={tierId} onChange={({ target }) => setTierId(target.value)}>
          {tiers.data?.map((tier) => (
            <option key={tier.id} value={tier.id}>
              {tier.name}
            </option>
          ))}
        </SelectField>
      </div>
      <Button
        disabled={tierId === credits.standing.tier_id}
        busy={assign.isPending && "One moment…"}
        onClick={() => assign.mutate(tierId)}
      >
        Put them on this plan
      </Button>
      {assign.isSuccess ? <p role="status">Done. A higher plan begins now, a lower one with the next month.</p> : null}
      {assign.isError ? <ErrorCard error={assign.error} heading="The plan was not changed." /> : null}
    </div>
  );
}

function Person({ accountId }: { accountId: string }) {
  const credits = useQuery(personCreditsQuery(accountId));
  if (credits.isError) return <ErrorCard error={credits.error} heading="We could not load their credits." />;
  if (credits.data === undefined) return <Loading what="their credits" />;
  const waiting = credits.data.requests.filter(({ decided_at: decidedAt }) => decidedAt === null);
  return (
    <section aria-label={`Credits of ${credits.data.person.email}`} className="flex flex-col gap-5 rounded-card border border-line p-4">
      <h3 className="text-large break-words">
        {credits.data.person.name} ({credits.data.person.email})
      </h3>
      <Facts credits={credits.data} />
      {waiting.map((request) => (
        <RefundDecision key={request.id} request={request} />
      ))}
      <PlanChoice credits={credits.data} />
      <GiveByHand accountId={accountId} />
      <Fold words="What came and went">
        <PersonLedger accountId={accountId} />
      </Fold>
    </section>
  );
}

/** Who is looked at: the address that is typed, and who was found under it. */
export function usePerson() {
  const [email, setEmail] = useState("");
  const find = useMutation({ mutationFn: (wanted: string) => findPerson(wanted.trim()) });
  return { email, setEmail, find };
}

interface PeopleProps {
  person: ReturnType<typeof usePerson>;
  headingRef: Ref<HTMLHeadingElement>;
}

export function People({ person: { email, setEmail, find }, headingRef }: PeopleProps) {
  return (
    <Card className="flex flex-col gap-4">
      <div>
        <h2 ref={headingRef} tabIndex={-1} className="text-heading">One person’s credits</h2>
        <p className="text-soft">To give, to take and to give back, or to put them on another plan.</p>
      </div>
      <form
        className="flex flex-wrap items-end gap-3"
        onSubmit={(event) => {
          event.preventDefault();
          find.mutate(email);
        }}
      >
        <div className="min-w-64 grow sm:max-w-md">
          <TextField label="E-mail address" type="email" value={email} onChange={({ target }) => setEmail(target.value)} />
        </div>
        <Button type="submit" disabled={email.trim() === ""} busy={find.isPending && "Looking…"}>
          Find
        </Button>
      </form>
      {find.isError ? <ErrorCard error={find.error} heading="Nobody was found." /> : null}
      {find.data ? <Person key={find.data.id} accountId={find.data.id} /> : null}
    </Card>
  );
}
