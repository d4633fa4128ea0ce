"""A daemon and a headless browser for the tests of the live page."""

import os
import re
import shutil
import subprocess
import tempfile
import threading
import time

from selenium import webdriver
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait

DATA = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "data")


# Whether the page is longer than the window that was made as long.
TALLER = "return document.documentElement.scrollHeight > window.innerHeight"


class Daemon:
    """`heddle serve` on a free port of this machine, ended by close()."""

    def __init__(self, token="", port=0, state=""):
        self.folder = tempfile.mkdtemp(prefix="heddle-browser-")
        command = [os.environ["HEDDLE"], "serve", "--listen", f"127.0.0.1:{port}",
                   "--socket", os.path.join(self.folder, "socket"),
                   "--allow", DATA, "--allow", self.folder, "--allow-url", "http://127.0.0.1:9/"]
        if token:
            path = os.path.join(self.folder, "token")
            with open(path, "w", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
                file.write(token + "\n")
            command += ["--token-file", path]
        if state:
            command += ["--state", state]
        self.process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
        self.said = []
        for line in self.process.stderr:
            self.said.append(line)
            found = re.search(r"http://127\.0\.0\.1:(\d+)", line)
            if found:
                break
        else:
            raise RuntimeError("the daemon did not start:\n" + "".join(self.said))
        self.port = int(found[1])
        self.url = f"http://127.0.0.1:{self.port}"
        # What it says later must not fill the pipe.
        threading.Thread(target=lambda: self.said.extend(self.process.stderr), daemon=True).start()

    def close(self):
        self.process.terminate()
        code = self.process.wait(timeout=60)
        shutil.rmtree(self.folder, ignore_errors=True)
        return code


class Browser:
    """Chromium without a window. Waits are for what a person would wait for, never for a time."""

    def __init__(self):
        options = Options()
        for word in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"):
            options.add_argument(word)
        options.binary_location = "/usr/bin/chromium"
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        self.driver = webdriver.Chrome(service=Service("/usr/bin/chromedriver"), options=options)
        self.size(1400, 900)

    def close(self):
        self.driver.quit()

    def open(self, url):
        self.driver.get(url)

    def size(self, width, height):
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {
            "width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 500})

    def one(self, selector):
        return self.driver.find_element(By.CSS_SELECTOR, selector)

    def texts(self, selector):
        return self.script("return [...document.querySelectorAll(arguments[0])].map((e) => e.textContent)", selector)

    def data(self, selector, name):
        return self.script("return document.querySelector(arguments[0])?.dataset[arguments[1]]", selector, name)

    def script(self, text, *arguments):
        return self.driver.execute_script(text, *arguments)

    def wait(self, what, truth, seconds=60):
        WebDriverWait(self.driver, seconds, poll_frequency=0.1).until(lambda _: truth(), what)

    def type(self, *keys):
        """Into whatever has the focus, as a keyboard does."""
        ActionChains(self.driver).send_keys(*keys).perform()

    def back(self):
        ActionChains(self.driver).key_down(Keys.SHIFT).send_keys(Keys.TAB).key_up(Keys.SHIFT).perform()

    def wheel(self, selector, amount):
        element = self.one(selector)
        origin = webdriver.common.actions.wheel_input.ScrollOrigin.from_element(element)
        ActionChains(self.driver).scroll_from_origin(origin, 0, amount).perform()

    def console(self):
        return [entry["message"] for entry in self.driver.get_log("browser") if entry["level"] in ("SEVERE", "WARNING")]

    def picture(self, name):
        folder = os.environ["PICTURES"]
        os.makedirs(folder, exist_ok=True)
        self.driver.save_screenshot(os.path.join(folder, name + ".png"))

    def fits(self, width):
        """Makes the window as high as its page; whether the page was whole in it, unless it is too long for a picture. A live
        page may grow at any moment, so it is tried a few times, and once is enough."""
        for _ in range(5):
            height = self.script("return document.body.scrollHeight")
            self.size(width, min(max(height, 640), 3000))
            time.sleep(0.3)  # for canvases to be drawn at the new size
            if height > 3000 or not self.script(TALLER):
                return True
        return False

    def pictures(self, name):
        """At three widths, whole pages, in both themes; and nothing may stick out of a window that is tall enough."""
        sticks_out = []
        for width in (360, 768, 1400):
            for theme in ("light", "dark"):
                self.size(width, 900)
                if self.script("return matchMedia('(prefers-color-scheme: dark)').matches") != (theme == "dark"):
                    self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {
                        "features": [{"name": "prefers-color-scheme", "value": theme}]})
                if not self.fits(width):
                    sticks_out.append(f"{width} scrolls down")
                if self.script("return document.documentElement.scrollWidth") > width:
                    sticks_out.append(f"{width} is too narrow")
                self.picture(f"{name}-{width}-{theme}")
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})
        self.size(1400, 900)
        return sticks_out
