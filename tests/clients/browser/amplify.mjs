// aws-amplify in a page, driven by a test: each function of `aws-amplify/auth` is called in the
// browser and answers what it answers there.

import { openPage, serveApp } from "./support.mjs";

/**
 * The app and a page of it that is configured for this pool and client. `host` is what the page is
 * opened under: localhost, or a name below it.
 */
export async function openAmplify(
  browser,
  server,
  userPoolId,
  userPoolClientId,
  { host = "localhost", cognito, ...options } = {},
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
    await page.evaluate((configuration) => window.Amplify.configure(configuration), configuration);
  };
  await load();

  return {
    ...opened,
    app,
    load,
    /** Calls a function of `aws-amplify/auth`; a refusal is thrown with the name it has there. */
    async auth(name, input) {
      const answer = await page.evaluate(
        async ([name, input]) => {
          try {
            const value = await window.auth[name](input);
            return { value: value === undefined ? undefined : JSON.parse(JSON.stringify(value)) };
          } catch (error) {
            return { error: { name: error.name, message: error.message } };
          }
        },
        [name, input],
      );
      if (answer.error)
        throw Object.assign(new Error(`${name}: ${answer.error.message}`), answer.error);
      return answer.value;
    },
    /** The claims of the ID token; undefined for somebody who is not signed in. */
    claims: () =>
      page.evaluate(async () => (await window.auth.fetchAuthSession()).tokens?.idToken?.payload),
    async stop() {
      await context.close();
      await app.stop();
    },
  };
}
