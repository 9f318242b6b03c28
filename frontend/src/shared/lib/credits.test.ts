import { describe, expect, it } from "vitest";

import { creditsText, creditsWords, formulaWords, percentOf, shortageOf, thousandths, withUnit } from "./credits";

describe("credits in words", () => {
  it.each([
    ["26.750", "26.75"],
    ["90.000", "90"],
    ["1234.500", "1,234.5"],
    ["-0.025", "−0.025"],
    ["0.000", "0"],
  ])("%s is %s", (text, words) => expect(creditsWords(text)).toBe(words));

  it("keeps every thousandth of what no fraction holds exactly", () => {
    expect(thousandths("0.1") + thousandths("0.2")).toBe(thousandths("0.3"));
    expect(thousandths("9007199254.741")).toBe(9_007_199_254_741);
  });

  it("goes to the server's form and back", () => {
    expect([26_750, 25, 0, -1_500].map(creditsText)).toEqual(["26.750", "0.025", "0.000", "-1.500"]);
    expect(thousandths(creditsText(9_007_199_254_741))).toBe(9_007_199_254_741);
  });

  it("says one credit and many credits", () => {
    expect([withUnit("1.000"), withUnit("1.500"), withUnit("0.000")]).toEqual(["1 credit", "1.5 credits", "0 credits"]);
  });

  it("shortens a formula and leaves its signs", () => {
    expect(formulaWords("(5.000 + 10.500 min × 0.500) × 2.000 = 20.500")).toBe("(5 + 10.5 min × 0.5) × 2 = 20.5");
  });
});

describe("shares and shortage", () => {
  it("never says 100 percent of what is not all", () => {
    expect([percentOf(999, 1000), percentOf(1000, 1000), percentOf(2000, 1000), percentOf(0, 0)]).toEqual([99, 100, 100, 0]);
  });

  it.each([
    [{ allowance: "90.000", available: "18.001", held: "0.000" }, "none"],
    [{ allowance: "90.000", available: "18.000", held: "0.000" }, "low"],
    [{ allowance: "90.000", available: "0.001", held: "0.000" }, "low"],
    [{ allowance: "90.000", available: "0.000", held: "0.000" }, "empty"],
    [{ allowance: "90.000", available: "0.000", held: "4.000" }, "low"],
    [{ allowance: "90.000", available: "-4.000", held: "4.000" }, "empty"],
    [{ allowance: null, available: null, held: "0.000" }, "none"],
  ])("%o is %s", (standing, shortage) => expect(shortageOf(standing)).toBe(shortage));
});
