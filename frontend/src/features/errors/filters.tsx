/** Which errors: how bad, how far back, what became of them, and words or an id to look for. */
import { Search } from "lucide-react";
import { useState } from "react";

import type { ErrorWish } from "@/api/feedback";
import { Button } from "@/shared/ui/button";
import { SelectField, TextField } from "@/shared/ui/field";

interface FiltersProps {
  wish: ErrorWish;
  onChange: (wish: ErrorWish) => void;
}

export const EVERYTHING: ErrorWish = { hours: 24, severity: "", status: "unresolved", by: "search", text: "" };

const BY: Record<ErrorWish["by"], string> = {
  search: "Words",
  error_type: "Type of error",
  user: "Person (address or id)",
  request_id: "Request id",
  show_id: "Show id",
  episode_id: "Episode id",
};

export function Filters({ wish, onChange }: FiltersProps) {
  const [text, setText] = useState(wish.text);
  const [by, setBy] = useState(wish.by);
  const clear = () => {
    setText("");
    setBy(EVERYTHING.by);
    onChange(EVERYTHING);
  };
  return (
    <form
      role="search"
      aria-label="Errors"
      className="flex flex-col gap-4"
      onSubmit={(event) => {
        event.preventDefault();
        onChange({ ...wish, by, text: text.trim() });
      }}
    >
      <div className="grid items-end gap-4 sm:grid-cols-[minmax(0,14rem)_minmax(0,1fr)_auto]">
        <SelectField label="Look for" value={by} onChange={({ target }) => setBy(target.value as ErrorWish["by"])}>
          {Object.entries(BY).map(([value, words]) => (
            <option key={value} value={value}>
              {words}
            </option>
          ))}
        </SelectField>
        <TextField
          label="What it says"
          type="search"
          maxLength={200}
          value={text}
          className="h-12"
          onChange={({ target }) => setText(target.value)}
        />
        <Button type="submit" icon={Search} className="h-12">
          Search
        </Button>
      </div>
      <div className="grid items-end gap-4 sm:grid-cols-3">
        <SelectField
          label="How bad"
          value={wish.severity}
          onChange={({ target }) => onChange({ ...wish, severity: target.value as ErrorWish["severity"] })}
        >
          <option value="">Everything</option>
          <option value="critical">Critical only</option>
          <option value="warning">Warnings</option>
          <option value="info">Notes</option>
        </SelectField>
        <SelectField
          label="Last seen"
          value={String(wish.hours)}
          onChange={({ target }) => onChange({ ...wish, hours: Number(target.value) })}
        >
          <option value="1">In the last hour</option>
          <option value="24">In the last 24 hours</option>
          <option value="336">In the last 14 days</option>
          <option value="2160">In the last 90 days</option>
        </SelectField>
        <SelectField
          label="What became of them"
          value={wish.status}
          onChange={({ target }) => onChange({ ...wish, status: target.value as ErrorWish["status"] })}
        >
          <option value="unresolved">Waiting</option>
          <option value="resolved">Resolved</option>
          <option value="ignored">Ignored</option>
          <option value="all">All of them</option>
        </SelectField>
      </div>
      {JSON.stringify(wish) === JSON.stringify(EVERYTHING) ? null : (
        <Button weight="quiet" className="self-start" onClick={clear}>
          Show everything of the last 24 hours
        </Button>
      )}
    </form>
  );
}
