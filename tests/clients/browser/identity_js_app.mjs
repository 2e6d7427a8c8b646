// The app that the tests drive: unmodified amazon-cognito-identity-js, whose callbacks are promises
// here. What the browser keeps of somebody, it keeps in the page's local storage.

import { AuthenticationDetails, CognitoUser, CognitoUserPool } from "amazon-cognito-identity-js";

let pool, user;
/** The library's two ways of calling back. */
const node = (call) =>
  new Promise((resolve, reject) =>
    call((error, value) => (error ? reject(error) : resolve(value))),
  );
const hooks = (call) =>
  new Promise((resolve, reject) =>
    call({ onSuccess: (...values) => resolve(values), onFailure: reject }),
  );
const claims = (session) => session.getIdToken().payload;
const named = (Username) => (user = new CognitoUser({ Username, Pool: pool }));
const current = () => node((done) => user.getSession(done));

window.identity = {
  configure(data) {
    pool = new CognitoUserPool(data);
  },
  /** Whether it is up to the user to have the device remembered. */
  async signIn({ username, password }) {
    const details = new AuthenticationDetails({ Username: username, Password: password });
    const [session, asksToRemember] = await hooks((back) =>
      named(username).authenticateUser(details, back),
    );
    return { claims: claims(session), asksToRemember: Boolean(asksToRemember) };
  },
  /** Somebody who comes back: the claims of the session that the browser kept. */
  async comeBack() {
    user = pool.getCurrentUser();
    return user && claims(await current());
  },
  async refresh() {
    const before = await current();
    const after = await node((done) => user.refreshSession(before.getRefreshToken(), done));
    return {
      isNew: before.getAccessToken().getJwtToken() !== after.getAccessToken().getJwtToken(),
      claims: claims(after),
    };
  },
  async attributes() {
    await current();
    const list = await node((done) => user.getUserAttributes(done));
    return Object.fromEntries(list.map((one) => [one.getName(), one.getValue()]));
  },
  rememberDevice: () => hooks((back) => user.setDeviceStatusRemembered(back)),
  forgetDevice: () => hooks((back) => user.forgetDevice(back)),
  async devices() {
    const [answer] = await hooks((back) => user.listDevices(60, null, back));
    return answer.Devices.map((device) => device.DeviceKey);
  },
  async forgotPassword({ username }) {
    const [answer] = await hooks((back) => named(username).forgotPassword(back));
    return answer.CodeDeliveryDetails;
  },
  confirmPassword: ({ code, password }) =>
    hooks((back) => user.confirmPassword(code, password, back)),
  signOut: () => new Promise((done) => user.signOut(done)),
  async globalSignOut() {
    await current();
    await hooks((back) => user.globalSignOut(back));
  },
};
