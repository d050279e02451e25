"""A stand-in for fal's Python client: its HTTP exchange (submit, status, result), as strict with
answers as that client is, with nothing but the standard library. The hosts are the client's own
variables."""
import http.client
import json
import os
import sys
import time
import urllib.request

# The client knows https alone; on this machine there is no certificate.
RUN_URL = f"http://{os.environ['FAL_RUN_HOST']}/"
QUEUE_URL = f"http://{os.environ['FAL_QUEUE_RUN_HOST']}/"
HEADERS = {
    "Authorization": f"Key {os.environ['FAL_KEY']}",
    "User-Agent": "fal-client/0.2.2 (python)",
    "Accept": "*/*",
    "Content-Type": "application/json",
    "X-Fal-Queue-Priority": "normal",
}


def call(url, body=None, headers={}):
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data=data, headers=HEADERS | headers)
    with urllib.request.urlopen(request, timeout=60) as response:
        return json.load(response)


def cut(url, body, headers):
    """Sends, and breaks the connection off before the answer: then the client sends again."""
    host, path = url.removeprefix("http://").split("/", 1)
    connection = http.client.HTTPConnection(host)
    connection.request("POST", f"/{path}", json.dumps(body).encode(), HEADERS | headers)
    time.sleep(1)
    connection.close()


def run_status(submitted, logs):
    """What the client reads of a status: a field that is missing is a KeyError there."""
    data = call(f"{submitted['status_url']}?logs={logs}")
    if data["status"] == "IN_QUEUE":
        return "queued", data["queue_position"] + 0
    if data["status"] == "IN_PROGRESS":
        return "running", data["logs"]
    assert data["status"] == "COMPLETED", data
    return "completed", (data["logs"], data.get("metrics", {}))


def subscribe(model, arguments, headers={}):
    """The output, as the client's own function gives it. A prompt that delays the answer is cut."""
    if "submit_ms" in arguments["prompt"]:
        cut(QUEUE_URL + model, arguments, headers)
    submitted = call(QUEUE_URL + model, arguments, headers)
    deadline = time.monotonic() + 60
    while run_status(submitted, "false")[0] != "completed":
        assert time.monotonic() < deadline, "it did not end"
        time.sleep(0.1)
    run_status(submitted, "true")
    result = call(submitted["response_url"])
    # The client makes the same address itself from a request id alone.
    own = call(f"{QUEUE_URL}fal-ai/pika/requests/{submitted['request_id']}")
    assert own == result, own
    return result


if __name__ == "__main__":
    model, prompt = sys.argv[1:3]
    keyed = {"Idempotency-Key": f"python-{os.getpid()}"}
    result = subscribe(model, {"prompt": prompt}, headers=keyed)
    ran = call(RUN_URL + model, {"prompt": f"{prompt} (run)"})
    print(json.dumps({"result": result, "ran": ran}))
