/** What a person sees when a whole screen cannot be shown. */
import { type ErrorComponentProps, Link, useRouter } from "@tanstack/react-router";

import { ErrorCard } from "@/shared/ui/error-card";
import { buttonLook } from "@/shared/ui/button";
import { Page } from "@/shared/ui/page";

/** After a new release an open tab asks for parts that are gone; every browser words this differently. */
const isMissingPart = (error: unknown): boolean =>
  error instanceof Error &&
  /dynamically imported module|Importing a module script failed|error loading dynamically/i.test(error.message);

export function ScreenError({ error, reset }: ErrorComponentProps) {
  const router = useRouter();
  if (isMissingPart(error)) {
    return (
      <Page title="A new version is ready">
        <p className="mb-4">DoneCast was updated while this page was open. Load it again to go on.</p>
        <button type="button" className={buttonLook("main")} onClick={() => location.reload()}>
          Load the page again
        </button>
      </Page>
    );
  }
  const again = () => {
    reset();
    void router.invalidate();
  };
  return (
    <Page title="This page could not be shown">
      <ErrorCard error={error} heading="We could not show this page." action={{ words: "Try again", onPress: again }} />
    </Page>
  );
}

export function NotFound() {
  return (
    <Page title="There is nothing at this address">
      <p className="mb-4">Perhaps it was moved, or the address has a slip of the keys in it.</p>
      <Link to="/" className={buttonLook("main")}>
        Go to Home
      </Link>
    </Page>
  );
}
