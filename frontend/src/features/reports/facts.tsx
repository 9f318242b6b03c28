/** Names and values in two columns, or one below the other on a phone. */
export function Facts({ facts }: { facts: Record<string, string> }) {
  return (
    <dl className="grid gap-x-6 gap-y-0.5 md:gap-y-2 md:grid-cols-[10rem_1fr]">
      {Object.entries(facts).map(([name, value]) => (
        <div key={name} className="contents">
          <dt className="font-semibold">{name}</dt>
          <dd className="min-w-0 break-words text-soft max-md:mb-2">{value}</dd>
        </div>
      ))}
    </dl>
  );
}
