// The user whose page is shown, as the last answers told.

import { at, fill, h, idle, none, pill } from "./dom.js";
import { idp, mocknito, send } from "./calls.js";
import { usersAddress } from "./shell.js";

/** What is shown: `{ pool, username, about, user, settings, extra }`. */
export let its;

export const ownQuery = () =>
  new URLSearchParams({ user_pool_id: its.pool.id, username: its.username }).toString();

let asked = 0;

/** Asks anew; false where nothing newer came than what is known. */
export async function load(quietly) {
  const mine = its;
  const number = (asked += 1);
  const isLate = () => its !== mine || number < (mine.number ?? 0);
  try {
    const [user, { UserPool: settings }, extra] = await Promise.all([
      send(idp("AdminGetUser", mine.about)),
      send(idp("DescribeUserPool", { UserPoolId: mine.pool.id })),
      send(mocknito("GET", `user?${ownQuery()}`)),
    ]);
    // An answer that comes late must not replace a newer one, nor another user's.
    if (isLate()) return false;
    const attributes = Object.fromEntries(
      (user.UserAttributes ?? []).map(({ Name, Value }) => [Name, Value]),
    );
    Object.assign(mine, { number, user, settings, extra, attributes });
    return true;
  } catch (error) {
    if (quietly || isLate()) return false;
    fill(at("tools"));
    const back = h("a", { class: "button", href: listAddress() }, "All users");
    fill(at("content"), none("There is no such user", error.message, back));
    return false;
  }
}

export const listAddress = () => usersAddress(its.pool.id);

export function shownName() {
  const { user, attributes } = its;
  const address = attributes.email ?? attributes.phone_number;
  return user.Username === attributes.sub && address ? address : user.Username;
}

const KINDS = { CONFIRMED: "ok", EXTERNAL_PROVIDER: "mark" };

/** A user's status, and whether nobody may sign in as them: for lists and for their page. */
export const badges = ({ UserStatus: status, Enabled: enabled }) => [
  pill(status, KINDS[status] ?? "warn"),
  !enabled && pill("disabled", "bad"),
];

let drawing = () => {};

/** From now on the page is about this user; `draw()` shows what was loaded. */
export function begin(pool, username, draw) {
  its = { pool, username, about: { UserPoolId: pool.id, Username: username } };
  drawing = draw;
  return its;
}

/** After something was done: what is there now. */
export async function again() {
  const mine = its;
  if (!(await load())) return;
  await idle();
  if (its === mine) drawing();
}
