/** How credits work, in the words and numbers of the server. */
import { useQuery } from "@tanstack/react-query";

import { creditsGuideQuery } from "@/api/billing";
import { ErrorCard } from "@/shared/ui/error-card";
import { Fold } from "@/shared/ui/fold";
import { Card, Loading } from "@/shared/ui/page";

function Sections() {
  const guide = useQuery(creditsGuideQuery);
  if (guide.isError) {
    return (
      <ErrorCard
        error={guide.error}
        heading="We could not load this text."
        action={{ words: "Try again", onPress: () => void guide.refetch() }}
        busy={guide.isFetching}
      />
    );
  }
  if (guide.data === undefined) return <Loading what="this text" />;
  return (
    <>
      {guide.data.map((section) => (
        <section key={section.id}>
          <h3 className="mb-1.5 text-large">{section.heading}</h3>
          {section.paragraphs.map((paragraph) => (
            <p key={paragraph} className="mb-2 max-w-prose">
              {paragraph}
            </p>
          ))}
        </section>
      ))}
    </>
  );
}

export function CreditsGuide() {
  return (
    <Card>
      <h2 className="sr-only">Help</h2>
      <Fold words="How credits work">
        <Sections />
      </Fold>
    </Card>
  );
}
