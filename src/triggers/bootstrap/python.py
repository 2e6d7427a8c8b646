# What a worker of `python3` runs: loads a handler file and answers events from the socket that is
# its standard input, one line of JSON each. It keeps to the conventions of Lambda's own runtime,
# which handlers lean on.
import decimal
import importlib.util
import json
import os
import queue
import socket
import sys
import threading
import time
import traceback

LONGEST = 6 * 1024 * 1024 + 100


def open_channel():
    """The socket, moved away from where the handler and its children would find it."""
    channel = socket.socket(fileno=os.dup(0))
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    return channel


class LambdaContext:
    def __init__(self, facts):
        self.function_name = facts["functionName"]
        self.function_version = facts["functionVersion"]
        self.invoked_function_arn = facts["invokedFunctionArn"]
        self.memory_limit_in_mb = "128"
        self.aws_request_id = facts["awsRequestId"]
        self.log_group_name = "/aws/lambda/" + self.function_name
        self.log_stream_name = f"mocknito/[{self.function_version}]{os.getpid()}"
        self.identity = None
        self.client_context = None
        self._ends = time.monotonic() + facts["limitMs"] / 1000

    def get_remaining_time_in_millis(self):
        return max(0, int((self._ends - time.monotonic()) * 1000))

    def log(self, message):
        print(message)


def describe(error):
    return {
        "errorMessage": str(error),
        "errorType": type(error).__name__,
        "stackTrace": traceback.format_tb(error.__traceback__)[1:],
    }


def encode_other(value):
    if isinstance(value, decimal.Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    raise TypeError(f"Object of type {type(value).__name__} is not JSON serializable")


def load(file):
    folder, name = os.path.split(os.path.abspath(file))
    sys.path.insert(0, folder)
    sys.argv = [file]
    stem = os.path.splitext(name)[0]
    spec = importlib.util.spec_from_file_location(stem, file)
    module = importlib.util.module_from_spec(spec)
    sys.modules[stem] = module
    spec.loader.exec_module(module)
    return module


def find(module, export):
    """The function that a call names; the usual one when it names none."""
    names = [export] if export else ["lambda_handler", "handler"]
    for handler in (getattr(module, name, None) for name in names):
        if callable(handler):
            return handler
    raise LookupError(f"{module.__file__} has no function {' or '.join(names)}")


def answer(module, line):
    """The line that answers an event."""
    request = json.loads(line)
    try:
        handler = find(module, request["export"])
        result = handler(request["event"], LambdaContext(request["context"]))
    except Exception as error:
        traceback.print_exc()
        return {"error": describe(error)}
    try:
        text = json.dumps({"result": result}, default=encode_other)
    except Exception as error:
        message = f"Unable to marshal response: {error}"
        return {"error": {"errorMessage": message, "errorType": "Runtime.MarshalError"}}
    if len(text) > LONGEST + len('{"result": }'):
        message = f"Response payload size exceeded maximum allowed payload size ({LONGEST} bytes)."
        return {"error": {"errorMessage": message, "errorType": "Function.ResponseSizeTooLarge"}}
    return text


def main():
    channel = open_channel()
    lines = queue.SimpleQueue()

    def read():
        with channel.makefile("rb") as incoming:
            for line in incoming:
                lines.put(line)
        # The server has gone: so does whatever the handler is doing.
        os._exit(0)

    def send(document):
        text = document if isinstance(document, str) else json.dumps(document)
        channel.sendall(text.encode() + b"\n")

    threading.Thread(target=read, daemon=True).start()
    try:
        module = load(**json.loads(lines.get()))
    except BaseException as error:
        traceback.print_exc()
        send({"error": describe(error)})
        os._exit(1)
    send({"result": None})
    while True:
        send(answer(module, lines.get()))


main()
