# Frame
skip-to-content = Skip to content
nav-main = Main
nav-tenant = { $tenant }
nav-overview = Overview
nav-modules = Installed modules
nav-market = Marketplace
nav-provider = Provider
nav-review = Review
logout = Sign out
stale-list = This host has not heard from the marketplace for long which versions were withdrawn: what runs goes on, nothing new is installed
stale-since = Data is stale since { $time }
list-separator = {", "}
crumbs = Where you are
yes = yes
no = no
optional = optional
back = Back
search = Search
request-id = request { $id }

# Signing in
login-title = Sign in
login = Sign in
login-code = Code of your authenticator app, or a recovery code
email = E-mail
password = Password

# Home
home-title = Workplaces of { $name }
home-nothing = You belong to no organisation or factory yet; ask an administrator.
home-waiting = Versions that wait for review: { $count }
home-review = Review
home-provider = See where your modules stand and what the checks found.
home-tenant = Open the factory
role-owner = Owner
role-admin = Administrator
role-supervisor = Supervisor
role-operator = Operator
role-viewer = Viewer
role-module = Modules, by themselves

# Versions and submissions
module = Module
title = Title
version = Version
versions = Versions
version-latest = Latest approved version
version-before = Approved version before
provider = Provider
state = State
submitted = Submitted
digest = Digest
size = Size
licence = Licence
state-draft = Draft
state-discarded = Discarded
state-submitted = Waits for its checks
state-checking = Checking
state-failed = Checks failed
state-review = Waiting for review
state-approved = Approved
state-changes_requested = Changes requested
state-rejected = Rejected
state-deprecated = Deprecated
state-yanked = Yanked: no new subscriptions
state-revoked = Revoked
state-all = All
submissions = Submissions
submissions-none = There are no submissions.

# Provider
provider-title = My modules
provider-modules = Modules
provider-no-modules = No modules yet. Run cargo toolcrib publish in a module's folder to submit its first version.

# Review
review-title = Review queue
report-running = The checks are running; load the page again in a moment.
report-rules = Rule set { $rules }
findings = Findings
findings-none = The checks found nothing.
severity-error = Error
severity-warning = Warning
severity-note = Note
finding-fix = What to do: { $fix }
wants = What it may touch
wants-compared = Compared with the approved version { $version }:
wants-first = This is the first version, so everything below is new.
wants-none = It asks for nothing beyond its own data.
change-added = new
change-removed = dropped
change-kept = as before
contents = Contents
handlers = Handlers
handler = Handler
handler-kind = When it runs
handler-about = About
kind-command = When somebody acts; writes
kind-query = When somebody asks; reads only
kind-signal = When the signal { $signal } of a machine changes
kind-event = When the event { $event } happens
kind-timer = By a timer
kind-connector = When somebody or a timer asks; talks to other systems
costs = Cost of the scenarios
costs-none = There are no scenarios.
cost-scenario = Scenario
cost-handler = Handler
cost-fuel = Fuel
cost-memory = Memory
cost-rows = Rows read / written
cost-calls = Host calls
decisions = Decisions
decision = Decision
decision-reason = Reason
decision-help = Needed to request changes or to reject; the provider reads it.
decision-approve = Approve
decision-request-changes = Request changes
decision-reject = Reject
due = Answer due
claimed = Taken by
claim = I take it
release = Give it back to the queue
comment = Say something to the other side
comment-send = Send
comments = Comments
comments-none = Nobody has said anything yet.
side-provider = Provider
side-marketplace = Marketplace
second-needed = Two people must approve this version, because of:
second-first-publication = first publication
second-egress = data may leave the plant
second-shared-data = data that other modules use
level-low = low risk
level-medium = medium risk
level-high = high risk
level-because = { $level }: { $reason }

# Marketplace
market-title = Marketplace
market-search = Search modules
market-none = No module was found.
market-not-approved = No approved version yet
market-install = Subscribe for { $tenant }

# Capabilities
risk-machines = Data of machines
risk-factory = Shared data of the factory
risk-modules = Use of other modules
risk-outside = Data leaves the plant
want-read = Read { $record } of the module { $module }: { $fields }
want-call = Use { $operation } of the module { $module } in your name
want-listen = Be told of { $event } in the module { $module }
want-readings = Follow the signal { $signal } of all machines
want-outbound = Talk to { $host } outside the plant: send data there and fetch data from there
want-why = What for: { $reason }
own-records = Keeps data of its own: { $records }
no-outside = Cannot reach the network, files or any other factory's data

# Subscribing
consent-title = Subscribe to { $module }
consent-lead = { $module } { $version } by { $provider } asks to use the following at { $tenant }.
consent-required = Required
consent-optional = Optional
consent-optional-help = The module works without these.
consent-own = What needs no consent
consent-revoke = Owners and administrators can cancel at any time under “Installed modules”; that takes effect at once, and the data stays.
consent-agree = Agree and subscribe
consent-update = Agree and update
consent-not-yours = Only an owner or administrator of the factory can subscribe.
installed-none = No modules are installed yet.
installed-since = Since
installed-newer = Version { $version } is available.
installed-read = Read what it asks for
installed-grants = Agreed to: { $count }
installed-not-in-force = Recorded; it takes effect when the factory's host is connected again.
installed-loading = The host is getting it ready; load the page again in a moment.
cancel = Cancel…
cancel-help = The module can read and write nothing from then on. Its data stays, and you can subscribe again.
cancel-confirm = Cancel { $module }

# Factory and modules
tenant-role = Your role: { $role }
tenant-none = This factory has no modules to use yet.
module-queries = Look up
module-commands = Do
operation-roles = This needs one of the roles { $roles }
operation-done = Done and saved.
operation-again = Once more
ask = Show
send = Send { $operation }
next-page = Next page
nothing = Nothing
no-rows = No rows.
row-actions = Actions

# Forms
fill-in = Fill in this part
group-add = Add a group
group-drop = Drop the last group
hint-int = A whole number.
hint-decimal = A number with at most { $digits } digits after the point.
hint-text = At most { $max } characters.
hint-id = The id of a { $record }.
hint-lines = One a line.
hint-lines-of = One a line, of { $cases }.
error-line = Line { $line }: { $message }
error-missing = This is needed.
error-int = Enter a whole number.
error-float = Enter a number.
error-decimal = Enter a number with at most { $digits } digits after the point.
error-text = It has { $chars } characters; at most { $max } fit.
error-instant = Enter a date and a time, such as 2026-11-23 08:00.
error-date = Enter a date, such as 2026-11-23.
error-id = Enter an id, such as 018f0e6e-7b1c-7cc3-a1b2-0123456789ab.
error-choice = Make a choice from the list.
