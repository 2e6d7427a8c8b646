"""Every event of the real server, held against what AWS publishes of their types: Powertools for
Python and TypeScript, `@types/aws-lambda`, and the types for Go, Java and Rust, whose answers the
server must take."""

import json
import os
import re
import shutil
import subprocess

import pytest
from aws_lambda_powertools.utilities.data_classes import cognito_user_pool_event as powertools
from journey import SOURCES, Functions, response, travel
from support import REPOSITORY, must_run

CLIENTS = REPOSITORY / "tests/clients"

POWERTOOLS = {
    "PreSignUp": powertools.PreSignUpTriggerEvent,
    "PostConfirmation": powertools.PostConfirmationTriggerEvent,
    "PreAuthentication": powertools.PreAuthenticationTriggerEvent,
    "PostAuthentication": powertools.PostAuthenticationTriggerEvent,
    "DefineAuthChallenge": powertools.DefineAuthChallengeTriggerEvent,
    "CreateAuthChallenge": powertools.CreateAuthChallengeTriggerEvent,
    "VerifyAuthChallengeResponse": powertools.VerifyAuthChallengeResponseTriggerEvent,
    "UserMigration": powertools.UserMigrationTriggerEvent,
    "CustomMessage": powertools.CustomMessageTriggerEvent,
    "CustomEmailSender": powertools.CustomEmailSenderTriggerEvent,
    "CustomSMSSender": powertools.CustomSMSSenderTriggerEvent,
}


@pytest.fixture(scope="module")
def events():
    with Functions() as functions:
        return travel(functions)


def model(event):
    trigger = event["triggerSource"].partition("_")[0]
    if trigger == "TokenGeneration":
        later = event["version"] != "1"
        return (
            powertools.PreTokenGenerationV2TriggerEvent
            if later
            else powertools.PreTokenGenerationTriggerEvent
        )
    return POWERTOOLS.get(trigger)


def test_every_source_comes_up(events):
    assert {event["triggerSource"] for event in events} == SOURCES


def test_powertools_for_python(events):
    """Every property of every part reads."""

    def read(part):
        for name in dir(type(part)):
            if (event["triggerSource"], name) == ("UserMigration_ForgotPassword", "password"):
                # Who has forgotten the password has typed none.
                continue
            if isinstance(getattr(type(part), name, None), property) and name != "raw_event":
                value = getattr(part, name)
                if name in ("request", "response", "caller_context"):
                    read(value)

    for event in events:
        if wrapper := model(event):
            read(wrapper(event))


def npm_is_there():
    return (CLIENTS / "node/node_modules").exists()


def test_powertools_for_typescript(events):
    must_run(npm_is_there(), "npm ci --prefix tests/clients/node")
    done = subprocess.run(
        ["node", CLIENTS / "node/typed_events.mjs"],
        input=json.dumps(events),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    said = {(one["source"].partition("_")[0], one["path"]) for one in json.loads(done.stdout)}
    said = {(trigger, path) for trigger, path in said if path != "triggerSource"}
    assert said == NOT_AS_CAPTURED


# Where the schemas of Powertools for TypeScript ask for what the service has not, by captures and
# by its documentation; and they know one source of each trigger.
NOT_AS_CAPTURED = {
    # Null, or not there.
    ("CustomEmailSender", "request.clientMetadata"),
    ("CustomEmailSender", "response"),
    ("CustomSMSSender", "request.clientMetadata"),
    ("CustomSMSSender", "response"),
    ("TokenGeneration", "request.groupConfiguration"),
    ("UserMigration", "request.password"),
    ("UserMigration", "request.validationData"),
    ("VerifyAuthChallengeResponse", "response.answerCorrect"),
    # Empty before the first answer.
    ("CreateAuthChallenge", "request.session"),
    ("DefineAuthChallenge", "request.session"),
}


def without_nulls(document):
    match document:
        case dict():
            kept = {name: without_nulls(value) for name, value in document.items()}
            return {name: value for name, value in kept.items() if value is not None}
        case list():
            return [without_nulls(value) for value in document]
    return document


def as_answered(event):
    """The event as a function of this journey gives it back, since these types are those of
    answers, too. They have no nulls but for messages."""
    said = {**event.get("response", {}), **response(event)}
    answer = without_nulls(event)
    answer["response"] = without_nulls(said)
    match event["triggerSource"].split("_"):
        case "CustomMessage", _:
            answer["response"] = said
            answer["request"]["usernameParameter"] = event["request"]["usernameParameter"]
        # What these types want and the service has not.
        case "TokenGeneration", "ClientCredentials":
            answer["request"]["groupConfiguration"] = {}
        case "UserMigration", "ForgotPassword":
            answer["request"]["password"] = ""
    return answer


def type_name(event):
    trigger, _, cause = event["triggerSource"].partition("_")
    if trigger != "TokenGeneration":
        return f"{trigger}TriggerEvent"
    # The type of V3 knows machines alone.
    version = {"1": "", "2": "V2", "3": "V3" if cause == "ClientCredentials" else "V2"}
    return f"PreTokenGeneration{version[event['version']]}TriggerEvent"


def test_types_for_typescript(events):
    must_run(npm_is_there(), "npm ci --prefix tests/clients/node")
    lines = ['import type * as lambda from "aws-lambda";']
    for number, event in enumerate(events):
        answer = json.dumps(as_answered(event))
        lines.append(f"export const e{number}: lambda.{type_name(event)} = {answer};")
    # Beside the packages, since the compiler looks there.
    file = CLIENTS / "node/captured_events.ts"
    file.write_text("\n".join(lines))
    try:
        done = subprocess.run(
            [
                *("node", "node_modules/typescript/bin/tsc"),
                *("--noEmit", "--strict", "--skipLibCheck", "--module", "nodenext", file.name),
            ],
            cwd=file.parent,
            capture_output=True,
            text=True,
            check=False,
        )
    finally:
        file.unlink()
    assert done.returncode == 0, done.stdout + done.stderr


def has_go():
    """As new as go.mod asks for, without another one being fetched: as tests/run looks."""
    if not shutil.which("go"):
        return False
    command = ["go", "list", "-m"]
    local = {**os.environ, "GOTOOLCHAIN": "local"}
    found = subprocess.run(command, cwd=CLIENTS / "go", env=local, capture_output=True, check=False)
    return found.returncode == 0


def go(folder):
    must_run(has_go(), "Go 1.26 or newer")
    program = folder / "typed"
    run(["go", "build", "-o", program, "./typed"], CLIENTS / "go")
    return [program]


def java(folder):
    must_run(shutil.which("mvn") and shutil.which("javac"), "a JDK of 17 or newer, and Maven")
    classpath = folder / "classpath"
    goal = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:build-classpath"
    run(
        ["mvn", "-q", "-B", "compile", goal, "-DincludeScope=runtime",
         f"-Dmdep.outputFile={classpath}"],
        CLIENTS / "java",
    )
    return ["java", "-cp", f"target/classes:{classpath.read_text()}", "Typed"]


def rust(_folder):
    must_run(shutil.which("cargo"), "Cargo")
    build = ["cargo", "build", "--locked", "--bin", "typed", "--message-format=json"]
    built = run(build, CLIENTS / "rust")
    found = re.findall(r'"executable":"([^"]+)"', built)
    return [found[-1]]


def run(command, folder):
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


class Program:
    """A program that gives each event back as its types have it."""

    def __init__(self, command, folder):
        self.process = subprocess.Popen(
            command, cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def __call__(self, event):
        self.process.stdin.write(json.dumps(event) + "\n")
        self.process.stdin.flush()
        answer = json.loads(self.process.stdout.readline())
        if error := answer.get("error"):
            raise ValueError(error)
        lost = [
            name
            for name in ("version", "region", "userPoolId", "userName", "triggerSource")
            if answer.get(name) != event[name]
        ]
        assert not lost, lost
        return answer

    def stop(self):
        self.process.stdin.close()
        self.process.wait(10)


@pytest.mark.parametrize("language", [go, java, rust], ids=lambda language: language.__name__)
def test_functions_with_typed_events(language, tmp_path):
    """The whole journey, with answers that have been through the language's types."""
    program = Program(language(tmp_path), CLIENTS / language.__name__)
    try:
        with Functions(program) as functions:
            seen = travel(functions)
    finally:
        program.stop()
    assert {event["triggerSource"] for event in seen} == SOURCES
