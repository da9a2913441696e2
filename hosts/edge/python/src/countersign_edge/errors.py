"""What a verifier raises."""


class CountersignError(Exception):
    """Any error of this package."""


class TokenRefused(CountersignError):
    """The token is refused: an error of the caller."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"the token is refused: {reason}")
        #: A name of `token-error` in the contract, such as `expired`.
        self.reason = reason


class MalformedPermission(CountersignError):
    """The permission is not of the form `resource:action`."""

    def __init__(self, permission: str) -> None:
        super().__init__(f"`{permission}` is not a permission of the form `resource:action`")


class KeysUnavailable(CountersignError):
    """There are no keys that may be used now: no token can be judged."""

    def __init__(self, retry_after_seconds: int) -> None:
        super().__init__("the keys are not available")
        #: How long to wait before another attempt.
        self.retry_after_seconds = retry_after_seconds


class InvalidSetting(CountersignError):
    """The settings of the verifier are wrong; the message names the setting."""


class InvalidKeySet(CountersignError):
    """The key set is refused as a whole."""


class MissingCapability(CountersignError):
    """The component called a capability that a verifier does not have."""

    def __init__(self, capability: str) -> None:
        super().__init__(f"a verifier has no capability `{capability}`")


class ComponentFailed(CountersignError):
    """The component failed. The next call gets a fresh instance."""

    def __init__(self) -> None:
        super().__init__("the component failed")
