"""Makes a store as a released binary writes it, with something in every table that calls can reach, as SQL text.

    python3 make.py path/to/mocknito > 0016.sql

Once per migration that was released: the file is named after the last one that it has had, and never made again.
`tests/it/released.rs` opens it with today's code. What the test must know beside the store (tokens, secrets) is in the
comments at the file's top.
"""

import base64
import hashlib
import hmac
import json
import pathlib
import sqlite3
import struct
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

from cryptography.hazmat.primitives.serialization import load_der_private_key

# A minute and a half before the clock of the tests starts: sessions still hold then.
NOW = 1_767_225_510
PASSWORD = "Passw0rd!"
# The one that alice had before.
FIRST = "An0ther!pass"
KEY = pathlib.Path(__file__).parent.parent / "support/keys/id.pk8"
PRIME = int(
    "FFFFFFFFFFFFFFFFC90FDAA22168C234C4C6628B80DC1CD129024E088A67CC74020BBEA63B139B22514A08798E3404DD"
    "EF9519B3CD3A431B302B0A6DF25F14374FE1356D6D51C245E485B576625E7EC6F44C42E9A637ED6B0BFF5CB6F406B7ED"
    "EE386BFB5A899FA5AE9F24117C4B1FE649286651ECE45B3DC2007CB8A163BF0598DA48361C55D39A69163FA8FD24CF5F"
    "83655D23DCA3AD961C62F356208552BB9ED529077096966D670C354E4ABC9804F1746C08CA18217C32905E462E36CE3B"
    "E39E772C180E86039B2783A2EC07A28FB5C55DF06F4C52C9DE2BCBF6955817183995497CEA956AE515D2261898FA0510"
    "15728E5A8AAAC42DAD33170D04507A33A85521ABDF1CBA64ECFB850458DBEF0A8AEA71575D060C7DB3970F85A6E1E4C7"
    "ABF5AE8CDB0933D71E8C94E04A25619DCEE3D2261AD2EE6BF12FFA06D98A0864D87602733EC86A64521F2B18177B200C"
    "BBE117577A615D6C770988C0BAD946E208E24FA074E5AB3143DB5BFCE0FD108E4B82D120A93AD2CAFFFFFFFFFFFFFFFF",
    16,
)


def post(url, document, headers=()):
    body = json.dumps(document).encode()
    request = urllib.request.Request(url, body, dict(headers), method="POST")
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            text = answer.read()
    except urllib.error.HTTPError as error:
        sys.exit(f"{url} {document}: {error.read().decode()}")
    return json.loads(text) if text else None


class Server:
    def __init__(self, binary, folder):
        # The issuer is that of the tests' servers, and the seed is not theirs.
        flags = ["--data", folder, "--port", "0", "--seed", "16", "--public-url", "http://localhost:9339"]
        self.process = subprocess.Popen([binary, *flags], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        self.url = f"http://127.0.0.1:{self.port()}"
        post(f"{self.url}/_mocknito/clock", {"now": "2025-12-31T23:58:30Z", "frozen": True})

    def port(self):
        for _ in range(200):
            listening = subprocess.run(["ss", "-Hltnp"], capture_output=True, text=True).stdout
            for line in listening.splitlines():
                if f"pid={self.process.pid}," in line:
                    return line.split()[3].rsplit(":", 1)[1]
            time.sleep(0.05)
        sys.exit("the server does not listen")

    def call(self, operation, headers=(), **document):
        target = {"x-amz-target": f"AWSCognitoIdentityProviderService.{operation}", **dict(headers)}
        return post(self.url, document, target)

    def try_call(self, operation, **document):
        try:
            self.call(operation, **document)
        except SystemExit:
            return

    def code(self, recipient):
        with urllib.request.urlopen(f"{self.url}/_mocknito/inbox?to={recipient}", timeout=10) as answer:
            return json.load(answer)["messages"][0]["code"]

    def stop(self):
        self.process.terminate()
        self.process.wait(20)


def totp(secret):
    tag = hmac.digest(base64.b32decode(secret + "=" * (-len(secret) % 8)), struct.pack(">Q", NOW // 30), "sha1")
    at = tag[-1] & 15
    return f"{(struct.unpack('>I', tag[at:at + 4])[0] & 0x7FFFFFFF) % 1_000_000:06}"


def pad(number):
    number = number.to_bytes((number.bit_length() + 7) // 8)
    return b"\0" + number if number[0] & 0x80 else number


def device_verifier(group, key, secret):
    salt = bytes(range(1, 17))
    identity = hashlib.sha256(f"{group}{key}:{secret}".encode()).digest()
    x = int.from_bytes(hashlib.sha256(salt + identity).digest())
    verifier = pad(pow(2, x, PRIME))
    encode = lambda raw: base64.b64encode(raw).decode()
    return {"PasswordVerifier": encode(verifier), "Salt": encode(salt)}


def passkey(options):
    """What a browser says of a new passkey whose key is that of the tests' own authenticator."""
    number = load_der_private_key(KEY.read_bytes(), None).public_key().public_numbers()
    encode = lambda raw: base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
    cose = b"\xa4\x01\x03\x03\x39\x01\x00\x20\x59\x01\x00" + number.n.to_bytes(256)
    cose += b"\x21\x43" + number.e.to_bytes(3)
    identity = hashlib.sha256(cose).digest()
    data = hashlib.sha256(options["rp"]["id"].encode()).digest() + bytes([0x45]) + bytes(4) + bytes(16)
    data += struct.pack(">H", len(identity)) + identity + cose
    attestation = b"\xa3\x63fmt\x64none\x67attStmt\xa0\x68authData\x59" + struct.pack(">H", len(data)) + data
    client = {"type": "webauthn.create", "challenge": options["challenge"], "origin": "http://localhost:3000",
              "crossOrigin": False}
    return {
        "id": encode(identity), "rawId": encode(identity), "type": "public-key",
        "authenticatorAttachment": "platform", "clientExtensionResults": {},
        "response": {
            "clientDataJSON": encode(json.dumps(client, separators=(",", ":")).encode()),
            "attestationObject": encode(attestation), "authenticatorData": encode(data),
            "transports": ["internal", "hybrid"], "publicKeyAlgorithm": -257,
        },
    }


def fill(server):
    """Something of everything; gives what only a client knows."""
    call = server.call
    pool = call(
        "CreateUserPool", PoolName="released", UserPoolTags={"_custom_id_": "us-east-1_released"},
        AutoVerifiedAttributes=["email"], AliasAttributes=["email"], MfaConfiguration="OFF",
        Policies={"PasswordPolicy": {"MinimumLength": 8, "PasswordHistorySize": 3},
                  "SignInPolicy": {"AllowedFirstAuthFactors": ["PASSWORD", "WEB_AUTHN"]}},
        DeviceConfiguration={"ChallengeRequiredOnNewDevice": True, "DeviceOnlyRememberedOnUserPrompt": True},
        UserPoolAddOns={"AdvancedSecurityMode": "ENFORCED"},
        Schema=[{"Name": "note", "AttributeDataType": "String", "Mutable": True}],
    )["UserPool"]["Id"]
    here = {"UserPoolId": pool}
    call("SetUserPoolMfaConfig", **here, MfaConfiguration="OPTIONAL", SoftwareTokenMfaConfiguration={"Enabled": True},
         WebAuthnConfiguration={"RelyingPartyId": "localhost", "UserVerification": "preferred"})
    call("CreateUserPoolDomain", **here, Domain="released")
    call("CreateResourceServer", **here, Identifier="api", Name="API",
         Scopes=[{"ScopeName": "read", "ScopeDescription": "to read"}])
    call("CreateIdentityProvider", **here, ProviderName="Corp", ProviderType="OIDC", IdpIdentifiers=["corp.example"],
         ProviderDetails={"client_id": "c", "client_secret": "s", "authorize_scopes": "openid",
                          "attributes_request_method": "GET", "oidc_issuer": "https://idp.example.com"},
         AttributeMapping={"username": "sub", "email": "email"})
    flows = ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH", "ALLOW_USER_AUTH",
             "ALLOW_ADMIN_USER_PASSWORD_AUTH"]
    client = call("CreateUserPoolClient", **here, ClientName="public", ExplicitAuthFlows=flows)
    client = client["UserPoolClient"]["ClientId"]
    machine = call("CreateUserPoolClient", **here, ClientName="machine", GenerateSecret=True,
                   AllowedOAuthFlows=["client_credentials"], AllowedOAuthScopes=["api/read"],
                   AllowedOAuthFlowsUserPoolClient=True)["UserPoolClient"]
    call("SetUICustomization", **here, ClientId=client, CSS=".label-customizable { color: blue; }")
    call("SetRiskConfiguration", **here, RiskExceptionConfiguration={"BlockedIPRangeList": ["192.0.2.0/24"]})
    call("CreateGroup", **here, GroupName="admins", Precedence=1, Description="who may everything")

    def user(name, *attributes, password=PASSWORD):
        listed = [{"Name": name, "Value": value} for name, value in attributes]
        call("AdminCreateUser", **here, Username=name, UserAttributes=listed, MessageAction="SUPPRESS")
        call("AdminSetUserPassword", **here, Username=name, Password=password, Permanent=True)

    user("alice", ("email", "alice@example.com"), ("email_verified", "true"), ("custom:note", "first"), password=FIRST)
    call("AdminAddUserToGroup", **here, Username="alice", GroupName="admins")
    call("AdminLinkProviderForUser", **here, DestinationUser={"ProviderName": "Cognito", "ProviderAttributeValue": "alice"},
         SourceUser={"ProviderName": "Corp", "ProviderAttributeName": "Cognito_Subject", "ProviderAttributeValue": "7"})

    def sign_in(name, password=PASSWORD):
        return call("InitiateAuth", AuthFlow="USER_PASSWORD_AUTH", ClientId=client,
                    AuthParameters={"USERNAME": name, "PASSWORD": password})

    tokens = sign_in("alice", FIRST)["AuthenticationResult"]
    access = {"AccessToken": tokens["AccessToken"]}
    device = tokens["NewDeviceMetadata"]
    secret = base64.b64encode(hashlib.sha256(b"the device of the released store").digest()).decode()
    call("ConfirmDevice", **access, DeviceKey=device["DeviceKey"], DeviceName="laptop",
         DeviceSecretVerifierConfig=device_verifier(device["DeviceGroupKey"], device["DeviceKey"], secret))
    call("UpdateDeviceStatus", **access, DeviceKey=device["DeviceKey"], DeviceRememberedStatus="remembered")
    parameters = {"USERNAME": "alice", "PASSWORD": FIRST, "DEVICE_KEY": device["DeviceKey"]}
    call("InitiateAuth", AuthFlow="USER_PASSWORD_AUTH", ClientId=client, AuthParameters=parameters)
    options = call("StartWebAuthnRegistration", **access)["CredentialCreationOptions"]
    call("CompleteWebAuthnRegistration", **access, Credential=passkey(options))
    call("StartWebAuthnRegistration", **access)
    call("ChangePassword", **access, PreviousPassword=FIRST, ProposedPassword=PASSWORD)
    revoked = sign_in("alice")["AuthenticationResult"]["RefreshToken"]
    call("RevokeToken", Token=revoked, ClientId=client)

    user("bob", ("email", "bob@example.com"), ("email_verified", "true"))
    bobs = {"AccessToken": sign_in("bob")["AuthenticationResult"]["AccessToken"]}
    app = call("AssociateSoftwareToken", **bobs)["SecretCode"]
    call("VerifySoftwareToken", **bobs, UserCode=totp(app), FriendlyDeviceName="phone")
    call("SetUserMFAPreference", **bobs, SoftwareTokenMfaSettings={"Enabled": True, "PreferredMfa": True})
    session = sign_in("bob")["Session"]

    call("SignUp", ClientId=client, Username="carol", Password=PASSWORD,
         UserAttributes=[{"Name": "email", "Value": "carol@example.com"}])
    call("AdminCreateUser", **here, Username="dave", TemporaryPassword="Temp0rary!",
         UserAttributes=[{"Name": "email", "Value": "dave@example.com"}])
    # A session that was answered, and wrong passwords.
    new = call("InitiateAuth", AuthFlow="USER_PASSWORD_AUTH", ClientId=client,
               AuthParameters={"USERNAME": "dave", "PASSWORD": "Temp0rary!"})["Session"]
    call("RespondToAuthChallenge", ClientId=client, ChallengeName="NEW_PASSWORD_REQUIRED", Session=new,
         ChallengeResponses={"USERNAME": "dave", "NEW_PASSWORD": PASSWORD})
    user("erin", ("email", "erin@example.com"), ("email_verified", "true"))
    for _ in range(3):
        server.try_call("InitiateAuth", AuthFlow="USER_PASSWORD_AUTH", ClientId=client,
                        AuthParameters={"USERNAME": "erin", "PASSWORD": "Wr0ng-pass"})
    call("ForgotPassword", ClientId=client, Username="erin")
    call("CreateUserImportJob", **here, JobName="import", CloudWatchLogsRoleArn="arn:aws:iam::123456789012:role/r")

    second = call("CreateUserPool", PoolName="empty", UserPoolTags={"_custom_id_": "us-east-1_empty"})
    assert second["UserPool"]["Id"] == "us-east-1_empty"
    return {
        "client": client, "machine": machine["ClientId"], "machine_secret": machine["ClientSecret"],
        "access_token": tokens["AccessToken"], "refresh_token": tokens["RefreshToken"], "revoked": revoked,
        "device_key": device["DeviceKey"], "device_group": device["DeviceGroupKey"], "device_secret": secret,
        "bobs_app": app, "bobs_session": session, "spent_session": new,
        "carols_code": server.code("carol@example.com"),
    }


def main():
    with tempfile.TemporaryDirectory() as folder:
        server = Server(sys.argv[1], folder)
        try:
            known = fill(server)
            # The keys of both pools are minted by now.
            for pool in ("us-east-1_released", "us-east-1_empty"):
                urllib.request.urlopen(f"{server.url}/{pool}/.well-known/jwks.json", timeout=120).close()
        finally:
            server.stop()
        for name, value in known.items():
            print(f"-- {name}: {value}")
        database = sqlite3.connect(f"{folder}/mocknito.db")
        empty = []
        for line in database.iterdump():
            print(line)
        for (table,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name"):
            if not database.execute(f"SELECT 1 FROM {table} LIMIT 1").fetchone():
                empty.append(table)
        print(f"Empty: {', '.join(empty)}", file=sys.stderr)


main()
