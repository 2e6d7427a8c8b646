// A custom challenge in rounds, after SRP or without, as it is written for AWS. In CommonJS, since many are.

const customRounds = (session) => session.filter((step) => step.challengeName === "CUSTOM_CHALLENGE").length;

exports.DefineAuthChallenge = async (event) => {
  const { session } = event.request;
  const last = session.at(-1);
  const ask = (challengeName) => Object.assign(event.response, { challengeName, issueTokens: false, failAuthentication: false });
  if (last?.challengeName === "SRP_A") {
    ask("PASSWORD_VERIFIER");
  } else if (last?.challengeName === "PASSWORD_VERIFIER" && !last.challengeResult) {
    event.response.failAuthentication = true;
  } else if (last?.challengeName === "CUSTOM_CHALLENGE" && last.challengeResult) {
    event.response.issueTokens = true;
  } else if (customRounds(session) === 3) {
    event.response.failAuthentication = true;
  } else {
    ask("CUSTOM_CHALLENGE");
  }
  return event;
};

exports.CreateAuthChallenge = async (event) => {
  const round = customRounds(event.request.session) + 1;
  event.response.publicChallengeParameters = { riddle: `What is round ${round}'s word?` };
  event.response.privateChallengeParameters = { word: `word-${round}` };
  return event;
};

exports.VerifyAuthChallengeResponse = async (event) => {
  event.response.answerCorrect = event.request.challengeAnswer === event.request.privateChallengeParameters.word;
  return event;
};
