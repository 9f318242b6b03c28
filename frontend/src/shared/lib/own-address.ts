/**
 * The address under which this very page's host serves something.
 *
 * The API names things by the installation's public address. Someone who opened the studio under another one (localhost
 * for 127.0.0.1) has their session there, so private things must be asked for there too.
 */
export function ownAddress(address: string): string {
  const { pathname, search } = new URL(address, window.location.href);
  return pathname.startsWith("/api/") ? pathname + search : address;
}
