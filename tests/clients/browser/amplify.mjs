// aws-amplify in a page, driven by a test: each function of `aws-amplify/auth` is called in the
// browser and answers what it answers there.

import { callInPage, openPage, serveApp } from "./support.mjs";

/**
 * The app and a page of it that is configured for this pool and client. `host` is what the page is
 * opened under: localhost, or a name below it. With `outputs`, an amplify_outputs.json, the page is
 * configured by that alone.
 */
export async function openAmplify(
  browser,
  server,
  userPoolId,
  userPoolClientId,
  { host = "localhost", cognito, outputs, ...options } = {},
) {
  const app = await serveApp("amplify_app.mjs");
  const opened = await openPage(browser, options);
  const { page, context } = opened;
  const configuration = {
    Auth: {
      Cognito: {
        userPoolId,
        userPoolClientId,
        userPoolEndpoint: server.url.replace("127.0.0.1", "localhost"),
        ...cognito,
      },
    },
  };

  /** (Re)loads the page, as somebody who comes back: what the browser keeps, it keeps. */
  const load = async () => {
    await page.goto(app.url.replace("localhost", host));
    await page.waitForFunction(() => window.auth);
    if (outputs) {
      await page.evaluate((outputs) => {
        const parsed = window.parseAmplifyConfig(outputs);
        Object.assign(parsed.Auth.Cognito, outputs.custom?.mocknito);
        window.Amplify.configure(parsed);
      }, outputs);
    } else {
      await page.evaluate((configuration) => window.Amplify.configure(configuration), configuration);
    }
  };
  await load();

  return {
    ...opened,
    app,
    load,
    /** Calls a function of `aws-amplify/auth`; a refusal is thrown with the name it has there. */
    auth: (name, input) => callInPage(page, "auth", name, input),
    /** The claims of the ID token; undefined for somebody who is not signed in. */
    claims: () =>
      page.evaluate(async () => (await window.auth.fetchAuthSession()).tokens?.idToken?.payload),
    async stop() {
      await context.close();
      await app.stop();
    },
  };
}
