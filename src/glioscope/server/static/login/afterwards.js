/** Which page follows on signing in. */

/**
 * The page that was asked for, if it is one of this server's, else the work list.
 * @param {string} search The part of the login page's address from `?` on.
 */
export function afterwards(search) {
  const asked = new URLSearchParams(search).get("next") ?? "/";
  // "//host" and "/\host" are addresses of elsewhere.
  return /^\/(?![/\\])/.test(asked) ? asked : "/";
}

/**
 * The address of the login page that leads back here.
 * @param {{ pathname: string, search: string }} here
 */
export function loginFor(here) {
  return `/login?next=${encodeURIComponent(here.pathname + here.search)}`;
}
