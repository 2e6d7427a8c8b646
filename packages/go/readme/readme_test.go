// Package readme has what README shows, as it stands there.
package readme

import (
	"os"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/mocknito/mocknito/packages/go"
)

func TestAliceSignsIn(t *testing.T) {
	server := mocknito.Start(t, mocknito.Options{Demo: true})
	client := cognitoidentityprovider.New(cognitoidentityprovider.Options{
		Region:       "us-east-1",
		BaseEndpoint: aws.String(server.URL),
		Credentials:  aws.AnonymousCredentials{},
	})
	tokens, err := server.Tokens(mocknito.TokenOptions{
		ClientID: "democlient0000000000000000",
		Username: "alice",
	})
	if err != nil {
		t.Fatal(err)
	}
	user, err := client.GetUser(t.Context(), &cognitoidentityprovider.GetUserInput{
		AccessToken: &tokens.AccessToken,
	})
	if err != nil || *user.Username != "alice" {
		t.Fatal(user, err)
	}
}

func TestReadmeShowsTheTestAbove(t *testing.T) {
	readme, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	code, err := os.ReadFile("readme_test.go")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(readme), "```go\n")
	shown, _, found := strings.Cut(rest, "```")
	if !found || !strings.Contains(string(code), shown) {
		t.Fatal("README shows something else:\n" + shown)
	}
}
