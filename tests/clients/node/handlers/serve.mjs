// A small emulator for tests: serves the handlers of a module by the Lambda Invoke API, and at URLs
// of their own. Prints its port.
//
//   POST /2015-03-31/functions/{export}/invocations    as Lambda answers POST /hooks/{export}
//   the event, or status 500 and {"errorMessage": …}

import { createServer } from "node:http";
import { pathToFileURL } from "node:url";

const handlers = await import(pathToFileURL(process.argv[2]));

/** What the handler says, however it says it. */
function invoke(handler, event) {
  return new Promise((resolve, reject) => {
    const callback = (error, result) => (error ? reject(error) : resolve(result));
    const answer = handler(event, { awsRequestId: "emulated" }, callback);
    if (typeof answer?.then === "function") answer.then(resolve, reject);
  });
}

createServer(async (request, response) => {
  let text = "";
  for await (const chunk of request) text += chunk;
  const name = request.url.match(/^\/(?:2015-03-31\/functions|hooks)\/(\w+)/)?.[1];
  const isLambda = request.url.startsWith("/2015-03-31/");
  const reply = (status, document, headers = {}) => {
    response.writeHead(status, { "content-type": "application/json", ...headers });
    response.end(JSON.stringify(document ?? null));
  };
  if (typeof handlers[name] !== "function") {
    return reply(
      404,
      { Type: "User", Message: `Function not found: ${name}` },
      { "x-amzn-errortype": "ResourceNotFoundException" },
    );
  }
  try {
    reply(200, await invoke(handlers[name], JSON.parse(text)));
  } catch (error) {
    const failure = {
      errorMessage: error.message ?? String(error),
      errorType: error.name ?? typeof error,
      trace: [],
    };
    if (isLambda) reply(200, failure, { "x-amz-function-error": "Unhandled" });
    else reply(500, failure);
  }
}).listen(0, "127.0.0.1", function () {
  console.log(this.address().port);
});
