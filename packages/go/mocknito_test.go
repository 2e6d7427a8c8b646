package mocknito

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/url"
	"testing"
	"time"
)

const client = "democlient0000000000000000"

func call(t *testing.T, server *Server, operation string, input map[string]any) int {
	t.Helper()
	body, err := json.Marshal(input)
	if err != nil {
		t.Fatal(err)
	}
	request, err := http.NewRequest(http.MethodPost, server.URL, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/x-amz-json-1.1")
	request.Header.Set("X-Amz-Target", "AWSCognitoIdentityProviderService."+operation)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	return response.StatusCode
}

func TestTokensCodesClockAndRequests(t *testing.T) {
	server := Start(t, Options{Demo: true})
	tokens, err := server.Tokens(TokenOptions{ClientID: client, Username: "alice"})
	if err != nil {
		t.Fatal(err)
	}
	getUser := map[string]any{"AccessToken": tokens.AccessToken}
	if status := call(t, server, "GetUser", getUser); status != 200 {
		t.Fatal("a token of the server's own:", status)
	}
	if err := server.Advance(2 * time.Hour); err != nil {
		t.Fatal(err)
	}
	if status := call(t, server, "GetUser", getUser); status != 400 {
		t.Fatal("an expired token:", status)
	}
	refused, err := server.Requests(url.Values{"outcome": {"refused"}})
	if err != nil || len(refused) != 1 || refused[0].Why == "" {
		t.Fatal("the journal:", refused, err)
	}
	call(t, server, "ForgotPassword", map[string]any{"ClientId": client, "Username": "alice"})
	code, err := server.Code("alice@example.com")
	if err != nil || len(code) != 6 {
		t.Fatal("the inbox:", code, err)
	}
	if err := server.Reset(); err != nil {
		t.Fatal(err)
	}
}

func TestWhatIsWrongWithAStartIsWhatTheServerSays(t *testing.T) {
	_, err := start(Options{Fixtures: []string{"/nowhere.yaml"}}, t.TempDir())
	if err == nil || !bytes.Contains([]byte(err.Error()), []byte("nowhere.yaml")) {
		t.Fatal(err)
	}
}
