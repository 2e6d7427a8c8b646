// A browser without scripts: follows redirects, keeps cookies, fills in the form of a page. As far
// as a server-side app's test needs one.

/** A browser that keeps the cookies of one server. */
export function textBrowser() {
  const jar = new Map();

  async function visit(url, options = {}) {
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join("; ");
    const answer = await fetch(url, {
      ...options,
      redirect: "manual",
      headers: { ...options.headers, cookie },
    });
    for (const line of answer.headers.getSetCookie()) {
      const [name, value] = line.split(";")[0].split("=");
      if (/max-age=0/i.test(line)) jar.delete(name);
      else jar.set(name, value);
    }
    return answer;
  }

  /**
   * Follows redirects as long as they stay at the server: gives the last address, and the page
   * there if there is one.
   */
  async function open(url, options) {
    const { origin } = new URL(url);
    for (let hops = 0; hops < 10; hops += 1) {
      const answer = await visit(url, options);
      options = undefined;
      const location = answer.headers.get("location");
      if (!location) return { url, status: answer.status, html: await answer.text() };
      url = new URL(location, url).href;
      if (new URL(url).origin !== origin) return { url };
    }
    throw new Error(`too many redirects: ${url}`);
  }

  /** Sends the page's first form with its hidden fields and these. */
  async function submit(page, fields) {
    const form = page.html.match(/<form[^>]*action="([^"]*)"[^>]*>([\s\S]*?)<\/form>/);
    if (!form) throw new Error(`no form at ${page.url}:\n${page.html}`);
    const text = (html) =>
      html
        .replaceAll("&amp;", "&")
        .replaceAll("&#38;", "&")
        .replaceAll("&quot;", '"')
        .replaceAll("&#34;", '"')
        .replaceAll("&#39;", "'");
    const body = new URLSearchParams();
    for (const [input] of form[2].matchAll(/<input[^>]*type="hidden"[^>]*>/g)) {
      body.set(input.match(/name="([^"]*)"/)[1], text(input.match(/value="([^"]*)"/)?.[1] ?? ""));
    }
    for (const [name, value] of Object.entries(fields)) body.set(name, value);
    return open(new URL(text(form[1]), page.url).href, { method: "POST", body });
  }

  return {
    open,
    submit,
    cookies: jar,
    /**
     * From the address of an authorization request to the address at the app, by the sign-in page.
     */
    async signIn(url, username, password) {
      const page = await open(url);
      if (!page.html) return page.url;
      const done = await submit(page, { username, password });
      if (done.html) throw new Error(`not signed in: ${done.status} ${done.url}\n${done.html}`);
      return done.url;
    },
  };
}
