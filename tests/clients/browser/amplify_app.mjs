// The app that the tests drive: unmodified aws-amplify, within reach of the page's console.

import { Amplify } from "aws-amplify";
import * as auth from "aws-amplify/auth";
import { parseAmplifyConfig } from "aws-amplify/utils";

Object.assign(window, { Amplify, auth, parseAmplifyConfig });
