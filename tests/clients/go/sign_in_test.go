// The AWS SDK for Go v2 against the real binary: signing in with the SRP library that most Go
// programs use or copy, verifying by the key set that discovery names, refreshing.
package clients

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/MicahParks/keyfunc/v3"
	cognitosrp "github.com/alexrudd/cognito-srp/v4"
	"github.com/aws/aws-sdk-go-v2/aws"
	cognito "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
	"github.com/golang-jwt/jwt/v5"
)

const (
	pool     = "us-east-1_Mocknito1"
	client   = "democlient0000000000000000"
	password = "Passw0rd!"
)

// Where the server is, by the one name that Go resolves without help.
var endpoint string

func TestMain(m *testing.M) {
	os.Exit(withServer(m))
}

func withServer(m *testing.M) int {
	binary := os.Getenv("MOCKNITO_BIN")
	if binary == "" {
		binary = "../../../target/debug/mocknito"
	}
	// It ends with this process, however that ends: the pipe to its standard input closes.
	server := exec.Command(binary, "serve", "--ephemeral", "--demo", "--port", "0", "--log", "warn",
		"--exit-with-parent")
	server.Stderr = os.Stderr
	input, err := server.StdinPipe()
	if err != nil {
		panic(err)
	}
	output, err := server.StdoutPipe()
	if err != nil {
		panic(err)
	}
	if err := server.Start(); err != nil {
		panic(fmt.Sprintf("%s: %v", binary, err))
	}
	lines := bufio.NewScanner(output)
	for endpoint == "" && lines.Scan() {
		if fields := strings.Fields(lines.Text()); len(fields) == 2 && fields[0] == "Endpoint" {
			endpoint = fields[1]
		}
	}
	code := m.Run()
	input.Close()
	if err := server.Wait(); err != nil {
		fmt.Println("the server ended with", err)
		return 1
	}
	return code
}

// The SDK, unmodified but for the endpoint.
func sdk() *cognito.Client {
	return cognito.New(cognito.Options{
		BaseEndpoint:     &endpoint,
		Region:           "us-east-1",
		RetryMaxAttempts: 1,
	})
}

// What the discovery document says.
type metadata struct {
	Issuer   string `json:"issuer"`
	Keys     string `json:"jwks_uri"`
	UserInfo string `json:"userinfo_endpoint"`
}

func discover(t *testing.T) metadata {
	t.Helper()
	answer, err := http.Get(endpoint + "/" + pool + "/.well-known/openid-configuration")
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	var found metadata
	if err := json.NewDecoder(answer.Body).Decode(&found); err != nil {
		t.Fatal(err)
	}
	return found
}

// Signs in with a proof of this time.
func signIn(username, secret string, at time.Time) (*types.AuthenticationResultType, error) {
	ctx := context.Background()
	srp, err := cognitosrp.NewCognitoSRP(username, secret, pool, client, nil)
	if err != nil {
		return nil, err
	}
	asked, err := sdk().InitiateAuth(ctx, &cognito.InitiateAuthInput{
		AuthFlow:       types.AuthFlowTypeUserSrpAuth,
		ClientId:       aws.String(srp.GetClientId()),
		AuthParameters: srp.GetAuthParams(),
	})
	if err != nil {
		return nil, err
	}
	proof, err := srp.PasswordVerifierChallenge(asked.ChallengeParameters, at)
	if err != nil {
		return nil, err
	}
	answer, err := sdk().RespondToAuthChallenge(ctx, &cognito.RespondToAuthChallengeInput{
		ChallengeName:      types.ChallengeNameTypePasswordVerifier,
		ChallengeResponses: proof,
		ClientId:           aws.String(srp.GetClientId()),
	})
	if err != nil {
		return nil, err
	}
	return answer.AuthenticationResult, nil
}

func claims(t *testing.T, token *string) jwt.MapClaims {
	t.Helper()
	found := discover(t)
	keys, err := keyfunc.NewDefault([]string{found.Keys})
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := jwt.Parse(*token, keys.Keyfunc, jwt.WithIssuer(found.Issuer),
		jwt.WithValidMethods([]string{"RS256"}), jwt.WithExpirationRequired())
	if err != nil {
		t.Fatal(err)
	}
	return parsed.Claims.(jwt.MapClaims)
}

// The library writes the hour on a 12-hour clock, so that in the afternoon its time is twelve
// hours off.
func TestSignInAtAnyHour(t *testing.T) {
	today := time.Now().UTC().Truncate(24 * time.Hour)
	for _, hour := range []int{0, 1, 9, 12, 13, 21, 23} {
		tokens, err := signIn("alice", password, today.Add(time.Duration(hour)*time.Hour))
		if err != nil {
			t.Fatalf("at %d o'clock: %v", hour, err)
		}
		if said := claims(t, tokens.IdToken); said["email"] != "alice@example.com" {
			t.Errorf("%v", said)
		}
	}
}

func TestWrongPassword(t *testing.T) {
	_, err := signIn("bob", "Wr0ngPassw0rd!", time.Now())
	var refused *types.NotAuthorizedException
	if !errors.As(err, &refused) || *refused.Message != "Incorrect username or password." {
		t.Fatal(err)
	}
}

func TestRefreshAndReadTheUser(t *testing.T) {
	ctx := context.Background()
	first, err := signIn("alice", password, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	answer, err := sdk().InitiateAuth(ctx, &cognito.InitiateAuthInput{
		AuthFlow:       types.AuthFlowTypeRefreshTokenAuth,
		ClientId:       aws.String(client),
		AuthParameters: map[string]string{"REFRESH_TOKEN": *first.RefreshToken},
	})
	if err != nil {
		t.Fatal(err)
	}
	access := answer.AuthenticationResult.AccessToken
	if said := claims(t, access); said["client_id"] != client || said["aud"] != nil {
		t.Errorf("%v", said)
	}
	user, err := sdk().GetUser(ctx, &cognito.GetUserInput{AccessToken: access})
	if err != nil || *user.Username != "alice" {
		t.Fatal(user, err)
	}
}

func TestUserInfoSaysHowToProveWhoOneIs(t *testing.T) {
	request, _ := http.NewRequest("GET", discover(t).UserInfo, nil)
	request.Header.Set("Authorization", "Bearer nonsense")
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	scheme := answer.Header.Get("WWW-Authenticate")
	if answer.StatusCode != 401 || !strings.HasPrefix(scheme, "Bearer ") {
		t.Errorf("%d %q", answer.StatusCode, scheme)
	}
}
