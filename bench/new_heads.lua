-- For wrk: an app of another name each time, so that no two requests are the same bytes.
local asked = 0

function request()
  asked = asked + 1
  wrk.headers["User-Agent"] = "App/" .. asked
  return wrk.format()
end
