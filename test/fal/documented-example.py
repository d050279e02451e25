"""The HTTP exchange of fal's documented Python example (submit, status with logs, result),
spoken at the gateway's /queue with nothing but the standard library."""
import json
import sys
import time
import urllib.request

gateway, key = sys.argv[1:3]
MODEL = "fal-ai/pika/v2.2/text-to-video"


def call(url, body=None):
    request = urllib.request.Request(
        url,
        data=None if body is None else json.dumps(body).encode(),
        headers={"Authorization": f"Key {key}", "Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=30) as response:
        return response.status, json.load(response)


_, submitted = call(f"{gateway}/queue/{MODEL}", {"prompt": "Sunlight on a slow river"})
deadline = time.monotonic() + 60
shown = 0
while True:
    code, status = call(submitted["status_url"] + "?logs=1")
    for line in (status.get("logs") or [])[shown:]:
        print(line["message"], file=sys.stderr)
        shown += 1
    if status["status"] == "COMPLETED":
        break
    assert code == 202, code
    assert time.monotonic() < deadline, "it did not end"
    time.sleep(0.2)
_, result = call(submitted["response_url"])
print(json.dumps(result))
