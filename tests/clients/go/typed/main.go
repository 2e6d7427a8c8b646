// Events through AWS's own types for Go: each line of standard input is an event, each line of
// standard output is what a function with a typed event gives back.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"strings"

	"github.com/aws/aws-lambda-go/events"
)

// The type of an event, by its trigger and its version.
func model(source, version string) any {
	trigger, _, _ := strings.Cut(source, "_")
	switch trigger {
	case "PreSignUp":
		return &events.CognitoEventUserPoolsPreSignup{}
	case "PostConfirmation":
		return &events.CognitoEventUserPoolsPostConfirmation{}
	case "PreAuthentication":
		return &events.CognitoEventUserPoolsPreAuthentication{}
	case "PostAuthentication":
		return &events.CognitoEventUserPoolsPostAuthentication{}
	case "DefineAuthChallenge":
		return &events.CognitoEventUserPoolsDefineAuthChallenge{}
	case "CreateAuthChallenge":
		return &events.CognitoEventUserPoolsCreateAuthChallenge{}
	case "VerifyAuthChallengeResponse":
		return &events.CognitoEventUserPoolsVerifyAuthChallenge{}
	case "UserMigration":
		return &events.CognitoEventUserPoolsMigrateUser{}
	case "CustomMessage":
		return &events.CognitoEventUserPoolsCustomMessage{}
	case "InboundFederation":
		return &events.CognitoEventUserPoolsInboundFederation{}
	case "TokenGeneration":
		if version == "1" {
			return &events.CognitoEventUserPoolsPreTokenGen{}
		}
		return &events.CognitoEventUserPoolsPreTokenGenV2_0{}
	}
	// Of the senders there is no type: what they say does not matter.
	return &events.CognitoEventUserPoolsHeader{}
}

func through(line []byte) ([]byte, error) {
	var header events.CognitoEventUserPoolsHeader
	if err := json.Unmarshal(line, &header); err != nil {
		return nil, err
	}
	event := model(header.TriggerSource, header.Version)
	if err := json.Unmarshal(line, event); err != nil {
		return nil, err
	}
	return json.Marshal(event)
}

func main() {
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		answer, err := through(lines.Bytes())
		if err != nil {
			answer, _ = json.Marshal(map[string]string{"error": err.Error()})
		}
		fmt.Println(string(answer))
	}
}
