/** The empty studio: three steps, the next one with the button. */
import { Link } from "@tanstack/react-router";
import { clsx } from "clsx";
import { Check } from "lucide-react";

import type { Show } from "@/api/types";
import { buttonLook } from "@/shared/ui/button";
import { Card } from "@/shared/ui/page";

interface Step {
  title: string;
  sentence: string;
  done: boolean;
}

export function FirstSteps({ show }: { show: Show | undefined }) {
  const steps: Step[] = [
    {
      title: show ? `Your show is called “${show.title}”` : "Name your show",
      sentence: show ? "Its page and feed are ready." : "One field is enough. Everything else can wait.",
      done: show !== undefined,
    },
    {
      title: "Drop in a recording",
      sentence: "We write out the words, propose what to cut, and add your intro and music.",
      done: false,
    },
    { title: "Publish", sentence: "Listen to it first. It goes out when you say so.", done: false },
  ];
  const current = steps.findIndex(({ done }) => !done);
  return (
    <Card className="max-w-2xl">
      <h2 className="text-heading">Three steps to your first episode</h2>
      <ol className="mt-5 flex flex-col gap-6">
        {steps.map((step, index) => (
          <li key={step.title} className="flex gap-4">
            <span
              aria-hidden
              className={clsx(
                "flex size-9 shrink-0 items-center justify-center rounded-round font-semibold",
                step.done && "bg-pine text-on-pine",
                !step.done && (index === current ? "bg-pine-wash text-pine" : "bg-well text-soft"),
              )}
            >
              {step.done ? <Check className="size-5" /> : index + 1}
            </span>
            <div className="min-w-0 pt-1">
              <p className="font-semibold">
                {step.title}
                {step.done ? <span className="sr-only"> (done)</span> : null}
              </p>
              <p className="text-soft">{step.sentence}</p>
              {index === current ? (
                <Link to={index === 0 ? "/shows" : "/new"} className={buttonLook("main", "mt-3")}>
                  {index === 0 ? "Name your show" : "Choose a recording"}
                </Link>
              ) : null}
            </div>
          </li>
        ))}
      </ol>
    </Card>
  );
}
