"""Through every trigger source of a pool once: the events are the real server's, and what a test
makes of each of them is the function's answer."""

import html
import http.server
import json
import re
import threading
import urllib.parse

import pycognito.aws_srp
import requests
from support import PASSWORD, Pool, Server
from test_oauth import sign_in

CODE = "123456"
NEW = "N3w-Passw0rd!"
KEY = "arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"
ARN = "arn:aws:lambda:us-east-1:123456789012:function:typed"
CALLBACK = "https://app.example.com/callback"
METADATA = {"from": "a test"}

MESSAGES = [
    "SignUp",
    "ResendCode",
    "ForgotPassword",
    "UpdateUserAttribute",
    "VerifyUserAttribute",
    "AdminCreateUser",
    "Authentication",
]
SOURCES = {
    *(f"PreSignUp_{how}" for how in ("SignUp", "AdminCreateUser", "ExternalProvider")),
    *(f"PostConfirmation_Confirm{what}" for what in ("SignUp", "ForgotPassword")),
    *(f"{when}Authentication_Authentication" for when in ("Pre", "Post")),
    *(
        f"{what}_Authentication"
        for what in ("DefineAuthChallenge", "CreateAuthChallenge", "VerifyAuthChallengeResponse")
    ),
    *(
        f"TokenGeneration_{why}"
        for why in (
            "HostedAuth",
            "Authentication",
            "NewPasswordChallenge",
            "AuthenticateDevice",
            "RefreshTokens",
            "ClientCredentials",
        )
    ),
    *(f"UserMigration_{when}" for when in ("Authentication", "ForgotPassword")),
    *(f"{how}_{why}" for how in ("CustomMessage", "CustomEmailSender") for why in MESSAGES),
    *(f"CustomSMSSender_{why}" for why in MESSAGES),
    "CustomEmailSender_AccountTakeOverNotification",
    "InboundFederation_ExternalProvider",
}


def response(event):
    """What the functions of this journey say."""
    trigger, _, cause = event["triggerSource"].partition("_")
    match trigger, event["version"]:
        case "DefineAuthChallenge", _:
            answered = event["request"]["session"]
            right = bool(answered) and answered[-1]["challengeResult"]
            decided = {"issueTokens": right, "failAuthentication": False}
            return decided if right else {"challengeName": "CUSTOM_CHALLENGE", **decided}
        case "CreateAuthChallenge", _:
            return {
                "publicChallengeParameters": {"question": "1 + 1"},
                "privateChallengeParameters": {"answer": "2"},
                "challengeMetadata": "SUM",
            }
        case "VerifyAuthChallengeResponse", _:
            right = event["request"]["privateChallengeParameters"]["answer"]
            return {"answerCorrect": event["request"]["challengeAnswer"] == right}
        case "UserMigration", _:
            return {
                "userAttributes": {"email": "old@example.com", "email_verified": "true"},
                "finalUserStatus": "CONFIRMED",
                "messageAction": "SUPPRESS",
                "desiredDeliveryMediums": ["EMAIL"],
            }
        case "CustomMessage", _ if cause == "ForgotPassword":
            text = "Code {####}"
            return {"emailMessage": text, "emailSubject": "Forgotten", "smsMessage": text}
        case "TokenGeneration", "1":
            changes = {**CLAIMS, "groupOverrideDetails": groups(event)}
            return {"claimsOverrideDetails": changes}
        case "TokenGeneration", _:
            scopes = {"scopesToAdd": ["api/write"], "scopesToSuppress": []}
            changes = {
                "idTokenGeneration": CLAIMS,
                "accessTokenGeneration": {**CLAIMS, **scopes},
                "groupOverrideDetails": groups(event),
            }
            return {"claimsAndScopeOverrideDetails": changes}
    return {}


CLAIMS = {"claimsToAddOrOverride": {"tenant": "acme"}, "claimsToSuppress": []}
NO_GROUPS = {"groupsToOverride": [], "iamRolesToOverride": [], "preferredRole": None}


def groups(event):
    """What they are. The types for Rust say something of them whenever a claim is changed."""
    return event["request"]["groupConfiguration"] or NO_GROUPS


class Functions:
    """All functions at one URL. `through` makes the answer of an event that has been filled in."""

    def __init__(self, through=lambda event: event):
        self.events = []
        functions = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                event = json.loads(self.rfile.read(int(self.headers["content-length"])))
                functions.events.append(json.loads(json.dumps(event)))
                said = response(event)
                if said:
                    event["response"].update(said)
                try:
                    body = json.dumps(through(event)).encode()
                except Exception as error:
                    raised = {"errorType": "Error", "errorMessage": f"the types say: {error}"}
                    body = json.dumps(raised).encode()
                self.send_response(200)
                self.send_header("content-type", "application/json")
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/"

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()


def travel(functions):
    """Makes every event happen once at least; gives them all."""
    flags = ["--ephemeral", f"--fixed-code={CODE}", f"--trigger={ARN}={functions.url}"]
    with Server(*flags) as server:
        main = Journey(server)
        main.of_a_person("ann", "email", "ann@example.com")
        main.of_a_person("sam", "phone_number", "+12065550100")
        main.made_by_an_administrator()
        main.custom_challenge()
        main.migration()
        main.pages()
        main.provider()
        for version in ("V2_0", "V3_0"):
            tokens(server, version)
        device(server)
        takeover(server)
    return functions.events


def config(*names, **more):
    said = {name: ARN for name in names}
    for name in ("CustomEmailSender", "CustomSMSSender", "InboundFederation"):
        if name in said:
            said[name] = {"LambdaVersion": "V1_0", "LambdaArn": ARN}
    return {**said, "KMSKeyID": KEY, **more}


class Journey:
    """The pool with all functions, and what happens in it."""

    def __init__(self, server):
        self.server = server
        triggers = """PreSignUp PostConfirmation PreAuthentication PostAuthentication UserMigration
            PreTokenGeneration CustomMessage DefineAuthChallenge CreateAuthChallenge
            VerifyAuthChallengeResponse CustomEmailSender CustomSMSSender InboundFederation"""
        self.pool = Pool(
            server,
            LambdaConfig=config(*triggers.split()),
            AutoVerifiedAttributes=["email", "phone_number"],
            SmsConfiguration={"SnsCallerArn": "arn:aws:iam::123456789012:role/sms"},
            EmailConfiguration={
                "EmailSendingAccount": "DEVELOPER",
                "SourceArn": "arn:aws:ses:us-east-1:123456789012:identity/a@example.com",
            },
        )
        self.id, self.idp = self.pool.id, self.pool.idp
        self.client = self.pool.add_client(
            ExplicitAuthFlows=[*Pool.ALL_FLOWS, "ALLOW_CUSTOM_AUTH"]
        )["ClientId"]
        self.idp.set_user_pool_mfa_config(
            UserPoolId=self.id,
            MfaConfiguration="OPTIONAL",
            SmsMfaConfiguration={"SmsAuthenticationMessage": "{####}"},
            EmailMfaConfiguration={"Message": "{####}", "Subject": "Code"},
        )

    def begin(self, name, password=PASSWORD):
        return self.idp.initiate_auth(
            ClientId=self.client,
            AuthFlow="USER_PASSWORD_AUTH",
            AuthParameters={"USERNAME": name, "PASSWORD": password},
            ClientMetadata=METADATA,
        )

    def answer(self, challenge, name, **responses):
        return self.idp.respond_to_auth_challenge(
            ClientId=self.client,
            ChallengeName=challenge["ChallengeName"],
            Session=challenge["Session"],
            ChallengeResponses={"USERNAME": name, **responses},
            ClientMetadata=METADATA,
        )

    def of_a_person(self, name, attribute, value):
        idp, client = self.idp, {"ClientId": self.client}
        user = {**client, "Username": name}
        idp.sign_up(
            **user,
            Password=PASSWORD,
            UserAttributes=[{"Name": attribute, "Value": value}],
            ValidationData=[{"Name": "plan", "Value": "free"}],
            ClientMetadata=METADATA,
        )
        idp.resend_confirmation_code(**user)
        idp.confirm_sign_up(**user, ConfirmationCode=CODE, ClientMetadata=METADATA)
        tokens = self.begin(name)["AuthenticationResult"]
        idp.initiate_auth(
            **client,
            AuthFlow="REFRESH_TOKEN_AUTH",
            AuthParameters={"REFRESH_TOKEN": tokens["RefreshToken"]},
        )
        access = {"AccessToken": tokens["AccessToken"]}
        other = value.replace("ann", "ann2").replace("0100", "0101")
        idp.update_user_attributes(**access, UserAttributes=[{"Name": attribute, "Value": other}])
        idp.verify_user_attribute(**access, AttributeName=attribute, Code=CODE)
        idp.get_user_attribute_verification_code(**access, AttributeName=attribute)
        idp.forgot_password(**user, ClientMetadata=METADATA)
        idp.confirm_forgot_password(**user, ConfirmationCode=CODE, Password=PASSWORD)
        factor = {"email": "Email", "phone_number": "SMS"}[attribute]
        preference = {f"{factor}MfaSettings": {"Enabled": True, "PreferredMfa": True}}
        named = {"UserPoolId": self.id, "Username": name}
        idp.admin_set_user_mfa_preference(**named, **preference)
        asked = self.begin(name)
        code = {"EMAIL_OTP": "EMAIL_OTP_CODE", "SMS_MFA": "SMS_MFA_CODE"}[asked["ChallengeName"]]
        self.answer(asked, name, **{code: CODE})
        preference[f"{factor}MfaSettings"] = {"Enabled": False}
        idp.admin_set_user_mfa_preference(**named, **preference)

    def made_by_an_administrator(self):
        for name, medium, attribute, value in [
            ("ben", "EMAIL", "email", "ben@example.com"),
            ("bea", "SMS", "phone_number", "+12065550102"),
        ]:
            self.idp.admin_create_user(
                UserPoolId=self.id,
                Username=name,
                TemporaryPassword=PASSWORD,
                DesiredDeliveryMediums=[medium],
                UserAttributes=[{"Name": attribute, "Value": value}],
                ClientMetadata=METADATA,
            )
            self.answer(self.begin(name), name, NEW_PASSWORD=NEW)

    def custom_challenge(self):
        asked = self.idp.initiate_auth(
            ClientId=self.client, AuthFlow="CUSTOM_AUTH", AuthParameters={"USERNAME": "ann"}
        )
        assert self.answer(asked, "ann", ANSWER="2")["AuthenticationResult"]

    def migration(self):
        assert self.begin("old", "Old-Passw0rd!")["AuthenticationResult"]
        self.idp.forgot_password(ClientId=self.client, Username="older")

    def web_client(self, **settings):
        return self.pool.add_client(
            "web",
            AllowedOAuthFlowsUserPoolClient=True,
            AllowedOAuthFlows=["code"],
            AllowedOAuthScopes=["openid", "email", "profile"],
            CallbackURLs=[CALLBACK],
            **settings,
        )["ClientId"]

    def exchange(self, client, location):
        code = urllib.parse.parse_qs(urllib.parse.urlsplit(location).query)["code"][0]
        form = {"grant_type": "authorization_code", "client_id": client, "redirect_uri": CALLBACK}
        answer = requests.post(
            f"{self.server.url}/oauth2/token", {**form, "code": code}, timeout=10
        )
        assert answer.ok, answer.text

    def asked(self, client, **more):
        query = {
            "client_id": client,
            "response_type": "code",
            "redirect_uri": CALLBACK,
            "scope": "openid email",
            **more,
        }
        home = self.server.url.replace("127.0.0.1", "localhost")
        return f"{home}/oauth2/authorize?{urllib.parse.urlencode(query)}"

    def pages(self):
        client = self.web_client(SupportedIdentityProviders=["COGNITO"])
        self.exchange(client, sign_in(self.asked(client), "ann", PASSWORD))

    def provider(self):
        self.idp.create_identity_provider(
            UserPoolId=self.id,
            ProviderName="Google",
            ProviderType="Google",
            ProviderDetails={
                "client_id": "g",
                "client_secret": "s",
                "authorize_scopes": "email profile openid",
            },
            AttributeMapping={"email": "email"},
        )
        client = self.web_client(SupportedIdentityProviders=["Google"])
        home = self.server.url.replace("127.0.0.1", "localhost")
        with requests.Session() as browser:
            page = browser.get(self.asked(client, identity_provider="Google"), timeout=10)
            hidden = re.search(r'name="request" value="([^"]+)"', page.text)
            form = {"request": html.unescape(hidden[1]), "email": "gus@example.com"}
            answer = browser.post(
                page.url, form, headers={"Origin": home}, allow_redirects=False, timeout=10
            )
            while (at := urllib.parse.urljoin(answer.url, answer.headers["location"])).startswith(
                home
            ):
                answer = browser.get(at, allow_redirects=False, timeout=10)
        self.exchange(client, at)


def tokens(server, version):
    """Events of the later versions, for people and for machines."""
    pool = Pool(
        server,
        LambdaConfig={"PreTokenGenerationConfig": {"LambdaVersion": version, "LambdaArn": ARN}},
    )
    pool.add_user("ann", email="ann@example.com")
    assert pool.tokens("ann")["AccessToken"]
    pool.idp.create_resource_server(
        UserPoolId=pool.id,
        Identifier="api",
        Name="api",
        Scopes=[{"ScopeName": "read", "ScopeDescription": "read"}],
    )
    machine = pool.add_client(
        "machine",
        GenerateSecret=True,
        AllowedOAuthFlowsUserPoolClient=True,
        AllowedOAuthFlows=["client_credentials"],
        AllowedOAuthScopes=["api/read"],
    )
    form = {"grant_type": "client_credentials", "aws_client_metadata": json.dumps(METADATA)}
    answer = requests.post(
        f"{server.url}/oauth2/token",
        form,
        auth=(machine["ClientId"], machine["ClientSecret"]),
        timeout=10,
    )
    assert answer.ok, answer.text


def device(server):
    """A sign-in from a device that is remembered."""
    pool = Pool(
        server,
        LambdaConfig=config("PreTokenGeneration", "PostAuthentication"),
        DeviceConfiguration={
            "ChallengeRequiredOnNewDevice": False,
            "DeviceOnlyRememberedOnUserPrompt": False,
        },
    )
    pool.add_user("ann")
    idp = pool.idp

    def srp(**known):
        return pycognito.aws_srp.AWSSRP(
            username="ann", password=PASSWORD, pool_id=pool.id, client_id=pool.client,
            client=idp, **known,
        )

    first = srp()
    new = first.authenticate_user()
    made = new["AuthenticationResult"]["NewDeviceMetadata"]
    # Not `first.confirm_device`, which calls AWS whatever its client's endpoint is.
    password, verifier = pycognito.aws_srp.generate_hash_device(
        made["DeviceGroupKey"], made["DeviceKey"]
    )
    idp.confirm_device(
        AccessToken=new["AuthenticationResult"]["AccessToken"],
        DeviceKey=made["DeviceKey"],
        DeviceSecretVerifierConfig=verifier,
    )
    known = srp(
        device_key=made["DeviceKey"],
        device_group_key=made["DeviceGroupKey"],
        device_password=password,
    )
    assert known.authenticate_user()["AuthenticationResult"]


def takeover(server):
    """A sign-in that looks like somebody else's, of which the user is told."""
    pool = Pool(
        server,
        LambdaConfig=config("CustomEmailSender"),
        UserPoolTier="PLUS",
        UserPoolAddOns={"AdvancedSecurityMode": "ENFORCED"},
    )
    pool.add_user("ann", email="ann@example.com", email_verified="true")
    message = {"Subject": "Was it you?", "HtmlBody": "Was it you?", "TextBody": "Was it you?"}
    pool.idp.set_risk_configuration(
        UserPoolId=pool.id,
        AccountTakeoverRiskConfiguration={
            "NotifyConfiguration": {
                "SourceArn": "arn:aws:ses:us-east-1:123456789012:identity/a@example.com",
                "NoActionEmail": message,
            },
            "Actions": {"HighAction": {"Notify": True, "EventAction": "NO_ACTION"}},
        },
    )
    risk = {"user_pool_id": pool.id, "username": "ann", "level": "High"}
    assert requests.post(f"{server.url}/_mocknito/risk", json=risk, timeout=5).ok
    assert pool.tokens("ann")
