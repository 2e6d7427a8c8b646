// The app that the tests drive: unmodified aws-amplify, within reach of the page's console.

import { Amplify } from "aws-amplify";
import * as auth from "aws-amplify/auth";

Object.assign(window, { Amplify, auth });
