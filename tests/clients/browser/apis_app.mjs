// The app that the tests of APIs drive: unmodified aws-amplify, within reach of the page's console.

import { Amplify } from "aws-amplify";
import * as api from "aws-amplify/api";
import * as auth from "aws-amplify/auth";

/** Status and document of a call of `aws-amplify/api`, refused or not. */
async function call(name, input) {
  try {
    const { statusCode, body } = await api[name](input).response;
    return { status: statusCode, body: await body.json() };
  } catch (error) {
    if (!error.response) throw error;
    return { status: error.response.statusCode, body: JSON.parse(error.response.body) };
  }
}

Object.assign(window, {
  Amplify,
  auth,
  api: { get: (input) => call("get", input), post: (input) => call("post", input) },
});
