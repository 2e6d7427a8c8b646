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
	"slices"
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
	// Port is any free one unless it is said.
	Port int
	// Timeout is how long the server may take until it is ready: 30 seconds unless it is said.
	Timeout time.Duration
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
		"serve", "--port", strconv.Itoa(options.Port), "--log-format", "json", "--log", "warn",
		"--ephemeral", "--exit-with-parent",
	}
	if options.Demo {
		arguments = append(arguments, "--demo")
	}
	if options.Seed != 0 {
		arguments = append(arguments, "--seed", strconv.FormatInt(options.Seed, 10))
	}
	// The caller may start others by the same list.
	fixtures := slices.Clone(options.Fixtures)
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
	program := binary(options)
	command := exec.Command(program, append(arguments, options.Args...)...)
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
		return nil, fmt.Errorf("%s cannot be run: %w; "+
			"put mocknito on the path, or set MOCKNITO_BINARY", program, err)
	}
	patience := options.Timeout
	if patience == 0 {
		patience = 30 * time.Second
	}
	// What it writes ends with it, and so does the wait below.
	killer := time.AfterFunc(patience, func() { _ = command.Process.Kill() })
	lines := bufio.NewScanner(output)
	for lines.Scan() {
		var said struct {
			Event string
			URL   string
			Port  int
		}
		if json.Unmarshal(lines.Bytes(), &said) == nil && said.Event == "ready" && killer.Stop() {
			server.URL, server.Port = said.URL, said.Port
			return server, nil
		}
	}
	wasLate := !killer.Stop()
	err = command.Wait()
	said := strings.TrimSpace(server.log.String())
	switch {
	case wasLate:
		late := fmt.Sprintf("did not say within %s that it is ready", patience)
		return nil, fmt.Errorf("%s %s: %s", program, late, said)
	// As clap ends for words that it does not know.
	case command.ProcessState.ExitCode() == 2 && strings.Contains(said, "unexpected argument"):
		return nil, fmt.Errorf("mocknito did not start (%w; is %s older than this module?): %s",
			err, program, said)
	default:
		return nil, fmt.Errorf("mocknito did not start (%w): %s", err, said)
	}
}

// Connect finds a server that runs already, such as that of mocknito exec, by MOCKNITO_URL.
func Connect() (*Server, error) {
	at := strings.TrimRight(os.Getenv("MOCKNITO_URL"), "/")
	if at == "" {
		return nil, errors.New("which server? Run the tests by mocknito exec, or set MOCKNITO_URL")
	}
	parsed, err := url.Parse(at)
	if err != nil {
		return nil, err
	}
	port, err := strconv.Atoi(parsed.Port())
	switch {
	case err == nil:
	case parsed.Scheme == "https":
		port = 443
	default:
		port = 80
	}
	server := &Server{URL: at, Port: port}
	return server, server.ask(http.MethodGet, "/_mocknito/health", nil, nil)
}

// Env leads AWS SDKs to this server, for a process that runs the app.
func (s *Server) Env() []string {
	return []string{
		"MOCKNITO_URL=" + s.URL,
		"AWS_ENDPOINT_URL=" + s.URL,
		"AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER=" + s.URL,
		"AWS_ENDPOINT_URL_COGNITO_IDENTITY=" + s.URL,
		"AWS_REGION=us-east-1",
		"AWS_DEFAULT_REGION=us-east-1",
		"AWS_ACCESS_KEY_ID=test",
		"AWS_SECRET_ACCESS_KEY=test",
	}
}

// Issuer is what a pool's tokens name.
func (s *Server) Issuer(userPoolID string) string {
	return s.URL + "/" + userPoolID
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

// Stop ends the server, if it is this process's own. A test's server ends by itself.
func (s *Server) Stop() error {
	if s.command == nil {
		return nil
	}
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
