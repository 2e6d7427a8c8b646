// The recipe for Go: an API that takes Cognito's access tokens.
package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"log"
	"net/http"
	"os"
	"slices"
	"strings"

	"github.com/MicahParks/keyfunc/v3"
	"github.com/golang-jwt/jwt/v5"
)

type claims struct {
	jwt.RegisteredClaims
	TokenUse string   `json:"token_use"`
	ClientID string   `json:"client_id"`
	Username string   `json:"username"`
	Groups   []string `json:"cognito:groups"`
}

// Verifier knows access tokens of one app.
type Verifier struct {
	issuer, clientID string
	keys             keyfunc.Keyfunc
}

func NewVerifier(ctx context.Context, issuer, clientID string) (*Verifier, error) {
	keys, err := keyfunc.NewDefaultCtx(ctx, []string{issuer + "/.well-known/jwks.json"})
	return &Verifier{issuer, clientID, keys}, err
}

func (v *Verifier) caller(r *http.Request) (*claims, error) {
	token, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	said := new(claims)
	_, err := jwt.ParseWithClaims(token, said, v.keys.Keyfunc,
		jwt.WithValidMethods([]string{"RS256"}), jwt.WithIssuer(v.issuer), jwt.WithExpirationRequired())
	if err != nil {
		return nil, err
	}
	// An access token has no `aud`; an ID token is no key to an API.
	if said.TokenUse != "access" || said.ClientID != v.clientID {
		return nil, errors.New("not an access token of this app")
	}
	return said, nil
}

// only lets callers pass who have an access token, and are in the group if there is one.
func (v *Verifier) only(group string, next func(*claims, *http.Request) any) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		said, err := v.caller(r)
		switch {
		case err != nil:
			http.Error(w, err.Error(), http.StatusUnauthorized)
		case group != "" && !slices.Contains(said.Groups, group):
			http.Error(w, "for "+group+" only", http.StatusForbidden)
		default:
			json.NewEncoder(w).Encode(next(said, r))
		}
	}
}

func Routes(v *Verifier) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /me", v.only("", func(c *claims, r *http.Request) any {
		return map[string]any{"username": c.Username, "groups": c.Groups}
	}))
	mux.Handle("DELETE /orders/{order}", v.only("admins", func(c *claims, r *http.Request) any {
		return map[string]any{"deleted": r.PathValue("order"), "by": c.Username}
	}))
	return mux
}

func main() {
	v, err := NewVerifier(context.Background(),
		cmp.Or(os.Getenv("COGNITO_ISSUER"), "http://localhost:9339/us-east-1_Mocknito1"),
		cmp.Or(os.Getenv("COGNITO_CLIENT_ID"), "democlient0000000000000000"))
	if err != nil {
		log.Fatal(err)
	}
	log.Fatal(http.ListenAndServe("localhost:8000", Routes(v)))
}
