/** Languages offered for a show, by the codes that feeds use; a language set elsewhere is shown as well. */
export const LANGUAGES: Record<string, string> = {
  en: "English",
  "en-gb": "English (United Kingdom)",
  "en-us": "English (United States)",
  de: "Deutsch",
  es: "Español",
  fr: "Français",
  it: "Italiano",
  nl: "Nederlands",
  pl: "Polski",
  pt: "Português",
  sv: "Svenska",
};
