/** Who is signed in, how the page should look, and the way out. */
import { useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { Activity, Bug, Check, ChevronsUpDown, CircleUserRound, Flag, LogOut, MessageSquareWarning, Siren, Tags } from "lucide-react";
import { DropdownMenu } from "radix-ui";
import { useState } from "react";

import { useSignOut } from "@/api/account";
import type { Me } from "@/api/types";
import { changePreferences, TEXT_PERCENTS, THEMES, type Theme, usePreferences } from "@/shared/lib/preferences";
import { ErrorCard } from "@/shared/ui/error-card";

const THEME_WORDS: Record<Theme, string> = { system: "As the device", light: "Light", dark: "Dark" };

/** Where whoever runs this DoneCast goes. */
const OPERATIONS = [
  { to: "/monitoring", words: "Monitoring", icon: Activity },
  { to: "/errors", words: "Errors", icon: Bug },
  { to: "/reports", words: "Problems", icon: MessageSquareWarning },
  { to: "/auto-ops", words: "Auto-Ops", icon: Siren },
  { to: "/plans", words: "Plans and prices", icon: Tags },
] as const;

const ROW =
  "flex min-h-11 cursor-pointer items-center gap-3 rounded-control px-3 py-2 outline-none " +
  "data-highlighted:bg-pine-wash data-highlighted:text-pine";

interface PickProps<Value extends string> {
  title: string;
  values: readonly Value[];
  value: Value;
  words: (value: Value) => string;
  onPick: (value: Value) => void;
}

function Pick<Value extends string>({ title, values, value, words, onPick }: PickProps<Value>) {
  return (
    <>
      <DropdownMenu.Label className="px-3 pt-3 pb-1 text-small font-semibold text-soft">{title}</DropdownMenu.Label>
      <DropdownMenu.RadioGroup value={value} onValueChange={(picked) => onPick(picked as Value)}>
        {values.map((one) => (
          <DropdownMenu.RadioItem
            key={one}
            value={one}
            className={ROW}
            onSelect={(event) => event.preventDefault()}
          >
            <span className="flex size-5 items-center">
              <DropdownMenu.ItemIndicator>
                <Check aria-hidden className="size-5" />
              </DropdownMenu.ItemIndicator>
            </span>
            {words(one)}
          </DropdownMenu.RadioItem>
        ))}
      </DropdownMenu.RadioGroup>
    </>
  );
}

export function AccountMenu({ account }: { account: Me["account"] }) {
  const { theme, textPercent } = usePreferences();
  const [open, setOpen] = useState(false);
  const queries = useQueryClient();
  const navigate = useNavigate();
  const signOut = useSignOut();

  const leave = () =>
    signOut.mutate(undefined, {
      onSuccess: async () => {
        await navigate({ to: "/sign-in", search: {} });
        queries.clear();
      },
    });

  return (
    <>
      {signOut.isError ? <ErrorCard error={signOut.error} heading="We could not sign you out." /> : null}
      <DropdownMenu.Root open={open} onOpenChange={setOpen} modal={false}>
        <DropdownMenu.Trigger className="flex min-h-11 w-full items-center gap-2.5 rounded-control py-2 text-left hover:bg-card max-md:gap-1.5 max-md:px-1 md:px-3">
          <CircleUserRound aria-hidden className="size-6 shrink-0 text-soft" />
          <span className="min-w-0 grow truncate max-md:sr-only">{account.name || account.email}</span>
          <span className="md:sr-only">Account</span>
          <ChevronsUpDown aria-hidden className="size-4 shrink-0 text-soft max-md:hidden" />
        </DropdownMenu.Trigger>
        <DropdownMenu.Content
          align="start"
          collisionPadding={8}
          className="z-30 max-h-(--radix-dropdown-menu-content-available-height) w-72 overflow-y-auto rounded-card border border-edge bg-card p-2 shadow-(--shadow)"
        >
          <p className="px-3 pt-2 text-small break-words text-soft">Signed in as {account.email}</p>
          <Pick
            title="Size of the text"
            values={TEXT_PERCENTS.map(String)}
            value={String(textPercent)}
            words={(percent) => (percent === "100" ? "Usual (100 %)" : `Larger (${percent} %)`)}
            onPick={(picked) =>
              changePreferences({ textPercent: TEXT_PERCENTS.find((percent) => String(percent) === picked) ?? 100 })
            }
          />
          <Pick
            title="Light or dark"
            values={THEMES}
            value={theme}
            words={(one) => THEME_WORDS[one]}
            onPick={(picked) => changePreferences({ theme: picked })}
          />
          <DropdownMenu.Separator className="my-2 h-px bg-line" />
          {account.role === "admin" ? (
            <>
              <DropdownMenu.Label className="px-3 pt-1 pb-1 text-small font-semibold text-soft">Operations</DropdownMenu.Label>
              {OPERATIONS.map(({ to, words, icon: Icon }) => (
                <DropdownMenu.Item key={to} className={ROW} onSelect={() => void navigate({ to, search: {} })}>
                  <Icon aria-hidden className="size-5" />
                  {words}
                </DropdownMenu.Item>
              ))}
              <DropdownMenu.Separator className="my-2 h-px bg-line" />
            </>
          ) : null}
          <DropdownMenu.Item
            className={ROW}
            onSelect={() => void navigate({ to: "/problem", search: { page: location.pathname } })}
          >
            <Flag aria-hidden className="size-5" />
            Report a problem
          </DropdownMenu.Item>
          <DropdownMenu.Item className={ROW} onSelect={leave}>
            <LogOut aria-hidden className="size-5" />
            Sign out
          </DropdownMenu.Item>
        </DropdownMenu.Content>
      </DropdownMenu.Root>
    </>
  );
}
