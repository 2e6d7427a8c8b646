package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"testing"
)

const clientID = "democlient0000000000000000"

// startServer runs the real binary until the test ends, and gives its address.
func startServer(t *testing.T) string {
	binary := os.Getenv("MOCKNITO_BIN")
	if binary == "" {
		binary = "../../../../target/debug/mocknito"
	}
	server := exec.Command(binary, "serve", "--ephemeral", "--demo", "--port", "0", "--log", "warn",
		"--exit-with-parent")
	server.Stderr = os.Stderr
	input, err := server.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	output, err := server.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := server.Start(); err != nil {
		t.Fatalf("%s: %v", binary, err)
	}
	t.Cleanup(func() {
		input.Close()
		server.Wait()
	})
	for lines := bufio.NewScanner(output); lines.Scan(); {
		if fields := strings.Fields(lines.Text()); len(fields) == 2 && fields[0] == "Endpoint" {
			return fields[1]
		}
	}
	t.Fatal("the server ended before it was ready")
	return ""
}

func TestWhoHasAnAccessTokenIsLetInAndNobodyElse(t *testing.T) {
	endpoint := startServer(t)
	verifier, err := NewVerifier(t.Context(), endpoint+"/us-east-1_Mocknito1", clientID)
	if err != nil {
		t.Fatal(err)
	}
	app := httptest.NewServer(Routes(verifier))
	defer app.Close()

	minted := func(username, defect string) (tokens struct{ AccessToken, IdToken string }) {
		wanted := map[string]string{"client_id": clientID, "username": username}
		if defect != "" {
			wanted["defect"] = defect
		}
		body, _ := json.Marshal(wanted)
		answer, err := http.Post(endpoint+"/_mocknito/tokens", "application/json", bytes.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		defer answer.Body.Close()
		if err := json.NewDecoder(answer.Body).Decode(&tokens); err != nil || tokens.AccessToken == "" {
			t.Fatal(tokens, err)
		}
		return
	}
	ask := func(method, path, token string) (int, map[string]any) {
		request, _ := http.NewRequest(method, app.URL+path, nil)
		if token != "" {
			request.Header.Set("Authorization", "Bearer "+token)
		}
		answer, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		defer answer.Body.Close()
		said := map[string]any{}
		json.NewDecoder(answer.Body).Decode(&said)
		return answer.StatusCode, said
	}

	bob := minted("bob", "").AccessToken
	if status, said := ask("GET", "/me", bob); status != 200 || said["username"] != "bob" {
		t.Error(status, said)
	}
	alice := minted("alice", "")
	if status, said := ask("DELETE", "/orders/7", alice.AccessToken); status != 200 || said["by"] != "alice" {
		t.Error(status, said)
	}
	if status, _ := ask("DELETE", "/orders/7", bob); status != 403 {
		t.Error(status)
	}
	for _, token := range []string{"", "nonsense", alice.IdToken} {
		if status, _ := ask("GET", "/me", token); status != 401 {
			t.Error(token, status)
		}
	}
	for _, defect := range []string{"signature", "expired", "not_yet_valid", "issuer", "kid",
		"alg_none", "alg_hs256", "token_use", "other_pool", "truncated"} {
		if status, _ := ask("GET", "/me", minted("alice", defect).AccessToken); status != 401 {
			t.Error(defect, status)
		}
	}
}
