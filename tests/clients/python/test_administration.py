"""Pools, clients, groups, resource servers and tags, as boto3 administers them: typed answers,
typed exceptions, its own paginators."""

import datetime

import pytest
import requests
from support import PASSWORD, Pool


def message(error):
    return error.value.response["Error"]["Message"]


def names(attributes):
    return {attribute["Name"]: attribute["Value"] for attribute in attributes}


# ---- pools ----


def test_a_pool_is_described_in_full(idp):
    made = idp.create_user_pool(PoolName="shop", UserPoolTags={"team": "web"})["UserPool"]
    read = idp.describe_user_pool(UserPoolId=made["Id"])["UserPool"]
    assert made == read
    assert read["Id"].startswith("us-east-1_")
    assert read["Arn"] == f"arn:aws:cognito-idp:us-east-1:123456789012:userpool/{read['Id']}"
    assert read["Name"] == "shop"
    assert read["UserPoolTags"] == {"team": "web"}
    assert read["MfaConfiguration"] == "OFF"
    assert read["DeletionProtection"] == "INACTIVE"
    assert read["LambdaConfig"] == {}
    assert isinstance(read["CreationDate"], datetime.datetime)
    assert read["Policies"]["PasswordPolicy"] == {
        "MinimumLength": 8,
        "RequireUppercase": True,
        "RequireLowercase": True,
        "RequireNumbers": True,
        "RequireSymbols": True,
        "TemporaryPasswordValidityDays": 7,
    }
    schema = {attribute["Name"]: attribute for attribute in read["SchemaAttributes"]}
    assert len(schema) == 20
    assert schema["sub"]["Required"] and not schema["sub"]["Mutable"]
    assert schema["birthdate"]["StringAttributeConstraints"] == {
        "MinLength": "10",
        "MaxLength": "10",
    }


def test_a_pool_is_changed_and_deleted(idp):
    pool = idp.create_user_pool(PoolName="shop")["UserPool"]["Id"]
    idp.update_user_pool(
        UserPoolId=pool,
        PoolName="store",
        Policies={"PasswordPolicy": {"MinimumLength": 12, "RequireSymbols": False}},
    )
    read = idp.describe_user_pool(UserPoolId=pool)["UserPool"]
    assert read["Policies"]["PasswordPolicy"]["MinimumLength"] == 12
    idp.delete_user_pool(UserPoolId=pool)
    with pytest.raises(idp.exceptions.ResourceNotFoundException) as refused:
        idp.describe_user_pool(UserPoolId=pool)
    assert message(refused) == f"User pool {pool} does not exist."


def test_a_protected_pool_stays(idp):
    pool = idp.create_user_pool(PoolName="kept", DeletionProtection="ACTIVE")["UserPool"]["Id"]
    with pytest.raises(idp.exceptions.InvalidParameterException):
        idp.delete_user_pool(UserPoolId=pool)
    idp.update_user_pool(UserPoolId=pool, DeletionProtection="INACTIVE")
    idp.delete_user_pool(UserPoolId=pool)


@pytest.mark.parametrize("tag", ["_custom_id_", "floci:override-id", "ms-custom-id"])
def test_a_tag_fixes_the_pool_s_id(own_server, tag):
    idp = own_server.client()
    made = idp.create_user_pool(PoolName="fixed", UserPoolTags={tag: "us-east-1_Fixed0001"})
    assert made["UserPool"]["Id"] == "us-east-1_Fixed0001"
    with pytest.raises(idp.exceptions.InvalidParameterException):
        idp.create_user_pool(PoolName="again", UserPoolTags={tag: "us-east-1_Fixed0001"})


def test_pools_live_in_the_region_that_the_request_is_signed_for(server):
    here, there = server.client(), server.client(region="eu-central-1")
    pool = there.create_user_pool(PoolName="abroad")["UserPool"]
    assert pool["Id"].startswith("eu-central-1_")
    assert ":eu-central-1:" in pool["Arn"]

    def listed(idp):
        pages = idp.get_paginator("list_user_pools").paginate(PaginationConfig={"PageSize": 60})
        return {pool["Id"] for page in pages for pool in page["UserPools"]}

    assert pool["Id"] in listed(there)
    assert pool["Id"] not in listed(here)
    with pytest.raises(here.exceptions.ResourceNotFoundException):
        here.describe_user_pool(UserPoolId=pool["Id"])


def test_custom_attributes_are_added_once(pool):
    wanted = {
        "Name": "level",
        "AttributeDataType": "Number",
        "Mutable": True,
        "NumberAttributeConstraints": {"MinValue": "1", "MaxValue": "10"},
    }
    pool.idp.add_custom_attributes(UserPoolId=pool.id, CustomAttributes=[wanted])
    schema = pool.idp.describe_user_pool(UserPoolId=pool.id)["UserPool"]["SchemaAttributes"]
    assert schema[-1]["Name"] == "custom:level"
    with pytest.raises(pool.idp.exceptions.InvalidParameterException):
        pool.idp.add_custom_attributes(UserPoolId=pool.id, CustomAttributes=[wanted])


def test_mfa_settings_are_read(pool):
    read = pool.idp.get_user_pool_mfa_config(UserPoolId=pool.id)
    assert read["MfaConfiguration"] == "OFF"


def test_tags_come_and_go(pool):
    arn = pool.idp.describe_user_pool(UserPoolId=pool.id)["UserPool"]["Arn"]
    pool.idp.tag_resource(ResourceArn=arn, Tags={"a": "1", "b": "2"})
    pool.idp.untag_resource(ResourceArn=arn, TagKeys=["a"])
    assert pool.idp.list_tags_for_resource(ResourceArn=arn)["Tags"] == {"b": "2"}


# ---- clients ----


def test_a_client_is_made_changed_and_deleted(pool):
    made = pool.add_client("web", ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH"])
    assert len(made["ClientId"]) == 26
    assert made["RefreshTokenValidity"] == 30
    assert made["EnableTokenRevocation"] is True
    assert "ClientSecret" not in made
    which = {"UserPoolId": pool.id, "ClientId": made["ClientId"]}
    assert pool.idp.describe_user_pool_client(**which)["UserPoolClient"] == made

    pool.idp.update_user_pool_client(**which, ClientName="site", AuthSessionValidity=15)
    changed = pool.idp.describe_user_pool_client(**which)["UserPoolClient"]
    assert changed["ClientName"] == "site"
    assert changed["AuthSessionValidity"] == 15

    pool.idp.delete_user_pool_client(**which)
    with pytest.raises(pool.idp.exceptions.ResourceNotFoundException) as refused:
        pool.idp.describe_user_pool_client(**which)
    assert message(refused) == f"User pool client {made['ClientId']} does not exist."


def test_a_client_is_refused_for_what_contradicts_itself(pool):
    refusals = pool.idp.exceptions
    with pytest.raises(refusals.InvalidOAuthFlowException):
        pool.add_client(
            AllowedOAuthFlowsUserPoolClient=True,
            AllowedOAuthFlows=["client_credentials"],
            AllowedOAuthScopes=["openid"],
        )
    with pytest.raises(refusals.ScopeDoesNotExistException):
        pool.add_client(
            AllowedOAuthFlowsUserPoolClient=True,
            AllowedOAuthFlows=["code"],
            AllowedOAuthScopes=["nowhere/read"],
            CallbackURLs=["https://example.com/callback"],
        )
    with pytest.raises(refusals.InvalidParameterException):
        pool.add_client(
            AccessTokenValidity=2,
            RefreshTokenValidity=1,
            TokenValidityUnits={"AccessToken": "hours", "RefreshToken": "hours"},
        )
    with pytest.raises(refusals.InvalidParameterException):
        pool.add_client(ReadAttributes=["custom:nothing"])


def test_lists_of_clients_and_pools_are_paged(pool):
    made = {pool.client} | {pool.add_client(f"client {n}")["ClientId"] for n in range(6)}
    pages = list(
        pool.idp.get_paginator("list_user_pool_clients").paginate(
            UserPoolId=pool.id, PaginationConfig={"PageSize": 3}
        )
    )
    assert [len(page["UserPoolClients"]) for page in pages] == [3, 3, 1]
    listed = [client["ClientId"] for page in pages for client in page["UserPoolClients"]]
    assert set(listed) == made and len(listed) == len(made)


# ---- groups ----


def test_a_group_s_whole_life(pool):
    idp, which = pool.idp, {"UserPoolId": pool.id, "GroupName": "editors"}
    made = idp.create_group(**which, Description="They edit", Precedence=5)["Group"]
    assert made["Precedence"] == 5
    with pytest.raises(idp.exceptions.GroupExistsException):
        idp.create_group(**which)

    pool.add_user("alice")
    idp.admin_add_user_to_group(**which, Username="alice")
    idp.admin_add_user_to_group(**which, Username="alice")
    assert [user["Username"] for user in idp.list_users_in_group(**which)["Users"]] == ["alice"]
    groups = idp.admin_list_groups_for_user(UserPoolId=pool.id, Username="alice")["Groups"]
    assert [group["GroupName"] for group in groups] == ["editors"]

    assert idp.update_group(**which, Precedence=1)["Group"]["Precedence"] == 1
    assert idp.get_group(**which)["Group"]["Precedence"] == 1
    idp.admin_remove_user_from_group(**which, Username="alice")
    assert idp.list_users_in_group(**which)["Users"] == []
    idp.delete_group(**which)
    with pytest.raises(idp.exceptions.ResourceNotFoundException) as refused:
        idp.get_group(**which)
    assert message(refused) == "Group not found."


def test_groups_are_paged(pool):
    for n in range(5):
        pool.idp.create_group(UserPoolId=pool.id, GroupName=f"group-{n}")
    pages = pool.idp.get_paginator("list_groups").paginate(
        UserPoolId=pool.id, PaginationConfig={"PageSize": 2}
    )
    listed = [group["GroupName"] for page in pages for group in page["Groups"]]
    assert sorted(listed) == [f"group-{n}" for n in range(5)]


# ---- resource servers ----


def test_a_resource_server_s_whole_life(pool):
    idp, which = pool.idp, {"UserPoolId": pool.id, "Identifier": "https://api.test"}
    scope = {"ScopeName": "read", "ScopeDescription": "Read"}
    made = idp.create_resource_server(**which, Name="API", Scopes=[scope])["ResourceServer"]
    assert made["Scopes"] == [scope]
    with pytest.raises(idp.exceptions.InvalidParameterException):
        idp.create_resource_server(**which, Name="API")
    idp.update_resource_server(**which, Name="The API", Scopes=[])
    assert idp.describe_resource_server(**which)["ResourceServer"]["Name"] == "The API"
    pages = idp.get_paginator("list_resource_servers").paginate(
        UserPoolId=pool.id, PaginationConfig={"PageSize": 1}
    )
    assert sum(len(page["ResourceServers"]) for page in pages) == 1
    idp.delete_resource_server(**which)
    with pytest.raises(idp.exceptions.ResourceNotFoundException):
        idp.describe_resource_server(**which)


# ---- users, by an administrator ----


def test_a_user_s_whole_life(pool):
    idp, which = pool.idp, {"UserPoolId": pool.id, "Username": "alice"}
    made = idp.admin_create_user(
        **which,
        TemporaryPassword="Temp0rary!",
        MessageAction="SUPPRESS",
        UserAttributes=[{"Name": "email", "Value": "alice@example.com"}],
    )["User"]
    assert made["UserStatus"] == "FORCE_CHANGE_PASSWORD"
    assert made["Enabled"] is True
    assert len(names(made["Attributes"])["sub"]) == 36
    with pytest.raises(idp.exceptions.UsernameExistsException) as refused:
        idp.admin_create_user(**which, MessageAction="SUPPRESS")
    assert message(refused) == "User account already exists"

    idp.admin_set_user_password(**which, Password=PASSWORD, Permanent=True)
    idp.admin_update_user_attributes(
        **which, UserAttributes=[{"Name": "given_name", "Value": "Alice"}]
    )
    idp.admin_delete_user_attributes(**which, UserAttributeNames=["email"])
    idp.admin_disable_user(**which)
    read = idp.admin_get_user(**which)
    assert read["UserStatus"] == "CONFIRMED"
    assert read["Enabled"] is False
    assert set(names(read["UserAttributes"])) == {"sub", "given_name"}
    assert "UserMFASettingList" not in read
    idp.admin_enable_user(**which)
    assert pool.sign_in("alice")["AuthenticationResult"]

    idp.admin_delete_user(**which)
    with pytest.raises(idp.exceptions.UserNotFoundException) as refused:
        idp.admin_get_user(**which)
    assert message(refused) == "User does not exist."


def test_an_invitation_reaches_the_inbox(server, pool):
    pool.idp.admin_create_user(
        UserPoolId=pool.id,
        Username="alice",
        TemporaryPassword="Temp0rary!",
        UserAttributes=[
            {"Name": "email", "Value": "alice@example.com"},
            {"Name": "email_verified", "Value": "True"},
        ],
        DesiredDeliveryMediums=["EMAIL"],
    )
    inbox = requests.get(
        f"{server.url}/_mocknito/inbox", params={"user_pool_id": pool.id, "wait": "5s"}, timeout=10
    ).json()["messages"]
    assert len(inbox) == 1
    assert inbox[0]["to"] == "alice@example.com"
    assert inbox[0]["medium"] == "EMAIL"
    assert "alice" in inbox[0]["body"] and "Temp0rary!" in inbox[0]["body"]


def test_users_are_searched_and_paged(pool):
    for n in range(7):
        pool.idp.admin_create_user(
            UserPoolId=pool.id,
            Username=f"user-{n}",
            MessageAction="SUPPRESS",
            UserAttributes=[{"Name": "email", "Value": f"{'ab'[n % 2]}{n}@example.com"}],
        )
    listing = pool.idp.get_paginator("list_users")

    def listed(**how):
        pages = listing.paginate(UserPoolId=pool.id, PaginationConfig={"PageSize": 2}, **how)
        return [user["Username"] for page in pages for user in page["Users"]]

    assert sorted(listed()) == [f"user-{n}" for n in range(7)]
    assert listed(Filter='email = "a4@example.com"') == ["user-4"]
    assert sorted(listed(Filter='email ^= "b"')) == ["user-1", "user-3", "user-5"]
    assert listed(Filter='username = "user-2"') == ["user-2"]
    assert listed(Filter='cognito:user_status = "CONFIRMED"') == []
    assert len(listed(Filter='status = "Enabled"')) == 7

    only = pool.idp.list_users(UserPoolId=pool.id, AttributesToGet=["email"], Limit=1)["Users"][0]
    assert [attribute["Name"] for attribute in only["Attributes"]] == ["email"]

    with pytest.raises(pool.idp.exceptions.InvalidParameterException):
        listed(Filter='email = ')
    with pytest.raises(pool.idp.exceptions.InvalidParameterException):
        listed(Filter='custom:x = "y"')


def test_users_of_a_group_are_paged(pool):
    pool.idp.create_group(UserPoolId=pool.id, GroupName="all")
    for n in range(5):
        pool.add_user(f"user-{n}")
        pool.idp.admin_add_user_to_group(
            UserPoolId=pool.id, GroupName="all", Username=f"user-{n}"
        )
    pages = pool.idp.get_paginator("list_users_in_group").paginate(
        UserPoolId=pool.id, GroupName="all", PaginationConfig={"PageSize": 2}
    )
    assert sum(len(page["Users"]) for page in pages) == 5


def test_names_are_case_sensitive_unless_the_pool_asks_otherwise(server):
    folding = Pool(server, UsernameConfiguration={"CaseSensitive": False})
    folding.add_user("Alice")
    assert folding.sign_in("aLiCe")["AuthenticationResult"]
    exact = Pool(server)
    exact.add_user("Alice")
    with pytest.raises(exact.idp.exceptions.UserNotFoundException):
        exact.sign_in("alice")


def test_the_schema_s_bounds_hold(server):
    pool = Pool(
        server,
        Schema=[
            {"Name": "plan", "AttributeDataType": "String", "Mutable": False,
             "StringAttributeConstraints": {"MinLength": "1", "MaxLength": "5"}},
            {"Name": "level", "AttributeDataType": "Number", "Mutable": True,
             "NumberAttributeConstraints": {"MinValue": "1", "MaxValue": "10"}},
        ],
    )

    def create(name, **custom):
        return pool.idp.admin_create_user(
            UserPoolId=pool.id,
            Username=name,
            MessageAction="SUPPRESS",
            UserAttributes=[{"Name": f"custom:{k}", "Value": v} for k, v in custom.items()],
        )

    create("fits", plan="basic", level="7")
    for n, wrong in enumerate(
        ({"plan": "enterprise"}, {"level": "11"}, {"level": "x"}, {"other": "1"})
    ):
        with pytest.raises(pool.idp.exceptions.InvalidParameterException):
            create(f"wrong-{n}", **wrong)
        with pytest.raises(pool.idp.exceptions.UserNotFoundException):
            pool.idp.admin_get_user(UserPoolId=pool.id, Username=f"wrong-{n}")
    with pytest.raises(pool.idp.exceptions.InvalidParameterException) as refused:
        pool.idp.admin_update_user_attributes(
            UserPoolId=pool.id,
            Username="fits",
            UserAttributes=[{"Name": "custom:plan", "Value": "gold"}],
        )
    assert "Attribute cannot be updated." in message(refused)


# ---- users, by themselves ----


def test_a_user_looks_after_itself(pool):
    pool.add_user("alice", given_name="Alice")
    idp, token = pool.idp, pool.tokens("alice")["AccessToken"]
    idp.update_user_attributes(
        AccessToken=token, UserAttributes=[{"Name": "family_name", "Value": "Adams"}]
    )
    idp.delete_user_attributes(AccessToken=token, UserAttributeNames=["given_name"])
    shown = names(idp.get_user(AccessToken=token)["UserAttributes"])
    assert shown["family_name"] == "Adams" and "given_name" not in shown

    with pytest.raises(idp.exceptions.NotAuthorizedException) as refused:
        idp.change_password(
            AccessToken=token, PreviousPassword="Wr0ng-Password", ProposedPassword="N3w-Passw0rd"
        )
    assert message(refused) == "Incorrect username or password."
    with pytest.raises(idp.exceptions.InvalidPasswordException):
        idp.change_password(
            AccessToken=token, PreviousPassword=PASSWORD, ProposedPassword="nothing-upper-1"
        )
    idp.change_password(
        AccessToken=token, PreviousPassword=PASSWORD, ProposedPassword="N3w-Passw0rd"
    )
    assert pool.sign_in("alice", "N3w-Passw0rd")["AuthenticationResult"]

    idp.delete_user(AccessToken=token)
    with pytest.raises(idp.exceptions.UserNotFoundException):
        idp.get_user(AccessToken=token)


def test_a_client_writes_only_what_it_may(pool):
    pool.add_user("alice")
    client = pool.add_client(WriteAttributes=["given_name"])["ClientId"]
    token = pool.tokens("alice", client=client)["AccessToken"]
    with pytest.raises(pool.idp.exceptions.NotAuthorizedException) as refused:
        pool.idp.update_user_attributes(
            AccessToken=token, UserAttributes=[{"Name": "family_name", "Value": "Adams"}]
        )
    assert message(refused) == "A client attempted to write unauthorized attribute"
