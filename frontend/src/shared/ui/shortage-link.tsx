/** The way to more credits, for whoever was refused because of them. */
import { Link } from "@tanstack/react-router";

import { isShortOfCredits } from "@/api/errors";

import { buttonLook } from "./button";

export function ShortageLink({ error }: { error: unknown }) {
  if (!isShortOfCredits(error)) return null;
  return (
    <Link to="/credits" className={buttonLook("plain", "self-start")}>
      See your credits
    </Link>
  );
}
