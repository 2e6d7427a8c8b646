package mocknito

import (
	"bufio"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// impostor is a program in the place of the server.
func impostor(t *testing.T, lines ...string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "impostor")
	script := strings.Join(append([]string{"#!/bin/sh"}, lines...), "\n") + "\n"
	if err := os.WriteFile(file, []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	return file
}

func TestWhatASuiteHearsOfAServerThatDoesNotStart(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	port := taken.Addr().(*net.TCPAddr).Port
	old := impostor(t, "echo \"error: unexpected argument '--new' found\" >&2", "exit 2")
	silent := impostor(t, "echo thinking >&2", "exec sleep 60")
	for says, options := range map[string]Options{
		"put mocknito on the path, or set":                  {Binary: "/nowhere/mocknito"},
		"older than this module?): error":                   {Binary: old},
		"segmentation fault":                                {Binary: impostor(t, "kill -SEGV $$")},
		"within 300ms that it is ready: t":                  {Binary: silent, Timeout: 300 * time.Millisecond},
		fmt.Sprintf("port %d on 127.0.0.1 is in use", port): {Port: port},
	} {
		_, err := start(options, t.TempDir())
		if err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v", says, err)
		}
	}
}

// TestSuite is what TestNoServerStaysBehind kills.
func TestSuite(t *testing.T) {
	if os.Getenv("MOCKNITO_TEST_SUITE") == "" {
		t.Skip("only as another test's child")
	}
	fmt.Println("url", Start(t, Options{}).URL)
	time.Sleep(time.Minute)
}

func TestNoServerStaysBehind(t *testing.T) {
	suite := exec.Command(os.Args[0], "-test.run", "^TestSuite$")
	suite.Env = append(os.Environ(), "MOCKNITO_TEST_SUITE=1")
	output, err := suite.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := suite.Start(); err != nil {
		t.Fatal(err)
	}
	var health string
	for lines := bufio.NewScanner(output); health == "" && lines.Scan(); {
		if at, found := strings.CutPrefix(lines.Text(), "url "); found {
			health = at + "/_mocknito/health"
		}
	}
	if response, err := http.Get(health); err != nil {
		t.Fatal(err)
	} else {
		response.Body.Close()
	}
	if err := suite.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = suite.Wait()
	for range 100 {
		response, err := http.Get(health)
		if err != nil {
			return
		}
		response.Body.Close()
		time.Sleep(50 * time.Millisecond)
	}
	t.Fatal("the server is still there")
}

func TestWhoConnectsMustSayWhereTo(t *testing.T) {
	t.Setenv("MOCKNITO_URL", "")
	if _, err := Connect(); err == nil || !strings.Contains(err.Error(), "mocknito exec") {
		t.Fatal(err)
	}
	own := Start(t, Options{Demo: true})
	t.Setenv("MOCKNITO_URL", own.URL+"/")
	same, err := Connect()
	if err != nil || same.Port != own.Port {
		t.Fatal(same, err)
	}
	// It is not his to end.
	if err := same.Stop(); err != nil {
		t.Fatal(err)
	}
	if err := own.Reset(); err != nil {
		t.Fatal(err)
	}
}
