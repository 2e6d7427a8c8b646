// Package mocknito starts Mocknito, Amazon Cognito on your own machine, for a test, and speaks to
// it.
package mocknito

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// Options says what a server is started with.
type Options struct {
	// Fixtures are files or folders.
	Fixtures []string
	// FixturesJSON is a fixture as a document.
	FixturesJSON any
	// Demo starts with the demo's pool.
	Demo bool
	// Seed makes the same ids, codes and keys in every run; 0 does not.
	Seed int64
	// Args are further flags, as on the command line.
	Args []string
	// Binary is the program; without it MOCKNITO_BINARY, or mocknito on the path.
	Binary string
}

// Server is a running server.
type Server struct {
	URL  string
	Port int

	command *exec.Cmd
	input   io.Closer
	log     *bytes.Buffer
}

// Start runs a server of this test's own on a free port; it ends with the test.
func Start(t testing.TB, options Options) *Server {
	t.Helper()
	server, err := start(options, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Stop(); err != nil {
			t.Error(err)
		}
	})
	return server
}

func start(options Options, folder string) (*Server, error) {
	arguments := []string{
		"serve", "--port", "0", "--log-format", "json", "--log", "warn",
		"--ephemeral", "--exit-with-parent",
	}
	if options.Demo {
		arguments = append(arguments, "--demo")
	}
	if options.Seed != 0 {
		arguments = append(arguments, "--seed", strconv.FormatInt(options.Seed, 10))
	}
	fixtures := options.Fixtures
	if options.FixturesJSON != nil {
		document, err := json.Marshal(options.FixturesJSON)
		if err != nil {
			return nil, err
		}
		file := filepath.Join(folder, "fixtures.json")
		if err := os.WriteFile(file, document, 0o600); err != nil {
			return nil, err
		}
		fixtures = append(fixtures, file)
	}
	for _, file := range fixtures {
		arguments = append(arguments, "--fixtures", file)
	}
	command := exec.Command(binary(options), append(arguments, options.Args...)...)
	// Flags of somebody else's server are not for this one.
	for _, variable := range os.Environ() {
		if !strings.HasPrefix(variable, "MOCKNITO_") {
			command.Env = append(command.Env, variable)
		}
	}
	server := &Server{command: command, log: &bytes.Buffer{}}
	command.Stderr = server.log
	input, err := command.StdinPipe()
	if err != nil {
		return nil, err
	}
	// It stays open as long as this process lives, however that ends.
	server.input = input
	output, err := command.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := command.Start(); err != nil {
		return nil, fmt.Errorf("mocknito cannot be run: %w", err)
	}
	lines := bufio.NewScanner(output)
	for lines.Scan() {
		var said struct {
			Event string
			URL   string
			Port  int
		}
		if json.Unmarshal(lines.Bytes(), &said) == nil && said.Event == "ready" {
			server.URL, server.Port = said.URL, said.Port
			return server, nil
		}
	}
	err = command.Wait()
	return nil, fmt.Errorf("mocknito did not start (%w): %s", err, server.log)
}

func binary(options Options) string {
	if options.Binary != "" {
		return options.Binary
	}
	if named := os.Getenv("MOCKNITO_BINARY"); named != "" {
		return named
	}
	return "mocknito"
}

// Stop ends the server. A test's server ends by itself.
func (s *Server) Stop() error {
	if err := s.input.Close(); err != nil {
		return err
	}
	return s.command.Wait()
}

// Tokens are what InitiateAuth answers.
type Tokens struct {
	AccessToken  string
	IdToken      string
	RefreshToken string
	ExpiresIn    int
	TokenType    string
}

// TokenOptions says for whom tokens are, and what they are like.
type TokenOptions struct {
	ClientID  string         `json:"client_id"`
	Username  string         `json:"username,omitempty"`
	Scopes    []string       `json:"scopes,omitempty"`
	Claims    map[string]any `json:"claims,omitempty"`
	ExpiresIn string         `json:"expires_in,omitempty"`
	Defect    string         `json:"defect,omitempty"`
}

// Tokens are made without a sign-in.
func (s *Server) Tokens(options TokenOptions) (Tokens, error) {
	var tokens Tokens
	err := s.ask(http.MethodPost, "/_mocknito/tokens", options, &tokens)
	return tokens, err
}

// Advance moves the server's time on by a duration, or back by a negative one.
func (s *Server) Advance(by time.Duration) error {
	step := fmt.Sprintf("%dms", by.Milliseconds())
	return s.ask(http.MethodPost, "/_mocknito/clock", map[string]any{"advance": step}, nil)
}

// SetTime sets the server's time.
func (s *Server) SetTime(now time.Time) error {
	instant := now.UTC().Format(time.RFC3339Nano)
	return s.ask(http.MethodPost, "/_mocknito/clock", map[string]any{"now": instant}, nil)
}

// ErrNoMessage says that nothing came within the time.
var ErrNoMessage = errors.New("mocknito: no message came")

// Code waits for a message to an address, or number, and returns the code in it.
func (s *Server) Code(to string) (string, error) {
	var found struct {
		Messages []struct{ Code string }
	}
	query := url.Values{"to": {to}, "wait": {"5s"}}
	if err := s.ask(http.MethodGet, "/_mocknito/inbox?"+query.Encode(), nil, &found); err != nil {
		return "", err
	}
	if len(found.Messages) == 0 {
		return "", ErrNoMessage
	}
	return found.Messages[0].Code, nil
}

// Request is what a client asked.
type Request struct {
	Operation string
	Username  string
	Status    int
	Error     string
	// Why it was refused, for a developer.
	Why string
}

// Requests are what clients asked, the newest first.
func (s *Server) Requests(filter url.Values) ([]Request, error) {
	var found struct{ Requests []Request }
	path := "/_mocknito/requests?" + filter.Encode()
	err := s.ask(http.MethodGet, path, nil, &found)
	return found.Requests, err
}

// Reset goes back to the start: the fixtures, and nothing else.
func (s *Server) Reset() error {
	return s.ask(http.MethodPost, "/_mocknito/reset", map[string]any{}, nil)
}

func (s *Server) ask(method, path string, body, answer any) error {
	var sent io.Reader
	if body != nil {
		document, err := json.Marshal(body)
		if err != nil {
			return err
		}
		sent = bytes.NewReader(document)
	}
	request, err := http.NewRequest(method, s.URL+path, sent)
	if err != nil {
		return err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		return err
	}
	if response.StatusCode/100 != 2 {
		return fmt.Errorf("mocknito: %s %s: %s", method, path, text)
	}
	if answer == nil {
		return nil
	}
	return json.Unmarshal(text, answer)
}
