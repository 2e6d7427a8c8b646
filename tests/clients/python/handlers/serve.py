"""A small emulator for tests: serves the handlers of a module by the Lambda Invoke API, and at URLs
of their own. Prints its port.

    POST /2015-03-31/functions/{name}/invocations    as Lambda answers
    POST /hooks/{name}    the event, or status 500 and {"errorMessage": …}
"""

import http.server
import importlib.util
import json
import re
import sys

spec = importlib.util.spec_from_file_location("handlers", sys.argv[1])
handlers = importlib.util.module_from_spec(spec)
spec.loader.exec_module(handlers)


class Emulator(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        event = json.loads(self.rfile.read(int(self.headers["content-length"])))
        named = re.match(r"/(2015-03-31/functions|hooks)/(\w+)", self.path)
        handler = named and getattr(handlers, named[2], None)
        if not handler:
            return self.reply(
                404, {"Type": "User"}, {"x-amzn-errortype": "ResourceNotFoundException"}
            )
        try:
            self.reply(200, handler(event, None))
        except Exception as error:
            failure = {"errorMessage": str(error), "errorType": type(error).__name__}
            if named[1] == "hooks":
                self.reply(500, failure)
            else:
                self.reply(200, failure, {"x-amz-function-error": "Unhandled"})

    def reply(self, status, document, headers=()):
        body = json.dumps(document).encode()
        self.send_response(status)
        for name, value in dict(headers).items():
            self.send_header(name, value)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Emulator)
print(server.server_address[1], flush=True)
server.serve_forever()
